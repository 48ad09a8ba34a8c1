import { type Variables } from '../config/read-settings.js';

/** What a command sees of its process. */
export interface CommandContext {
  readonly variables: Variables;
  /** Writes to the standard output, without a line feed of its own. */
  readonly print: (text: string) => void;
}

/** A command of `npx nestjs-digest`. */
export interface Command {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** All that `--help` says. */
  readonly help: string;
  /**
   * Returns the exit code.
   *
   * @param args what follows its name
   * @throws UsageError for arguments that it does not know, and NotificationError for what it could not do
   */
  run(args: readonly string[], context: CommandContext): Promise<number>;
}

/** The command line is wrong. */
export class UsageError extends Error {}
