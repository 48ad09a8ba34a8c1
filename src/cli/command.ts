import { type Readable } from 'node:stream';
import { type Command } from 'commander';
import { type Variables } from '../config/read-settings.js';

/** How a command ends, for scripts. */
export const EXIT_CODES = {
  done: 0,
  /** Refused, failed, or (`status`, `migrate --status`) not as it should be. */
  failed: 1,
  /** The command line is wrong. */
  usage: 2,
  /** Nothing answers at the address of the application. */
  unreachable: 3,
} as const;

export type ExitCode = (typeof EXIT_CODES)[keyof typeof EXIT_CODES];

/** What the command line sees of its process. */
export interface CommandSurroundings {
  readonly variables: Variables;
  /** The standard input. */
  readonly input: Readable;
  /** Writes to the standard output, without its own line feed. */
  readonly print: (text: string) => void;
  /** Writes to the standard error output, without its own line feed. */
  readonly complain: (text: string) => void;
  /** Whether a person reads the standard error output: progress is shown there. */
  readonly showsProgress: boolean;
  /** From now on an interruption (Ctrl-C) aborts the signal; a second one ends the process. */
  readonly interruption: () => AbortSignal;
}

/** What a command sees of its process. */
export interface CommandContext extends CommandSurroundings {
  /** Says how the command ends when its action returns; `done` unless it is called. */
  readonly end: (code: ExitCode) => void;
}

/**
 * Declares a command of `npx nestjs-digest` on the program: its name, options, help and action. The action throws UsageError for options
 * that do not go together, and NotificationError or FailedCommandError for what it could not do.
 */
export type CommandDeclaration = (program: Command, context: CommandContext) => void;

/** The command line is wrong. Its message names the option, the value and what is allowed. */
export class UsageError extends Error {}

/** What was asked for could not be done, for a reason that is no bug. Its message is all that a person needs. */
export class FailedCommandError extends Error {
  constructor(
    message: string,
    readonly exitCode: ExitCode = EXIT_CODES.failed,
  ) {
    super(message);
  }
}
