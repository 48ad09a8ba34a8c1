import { Readable } from 'node:stream';
import { type CommandDeclaration, type CommandSurroundings, type ExitCode } from '../../src/cli/command.js';
import { runCommandLine } from '../../src/cli/command-line.js';

/** What a command printed, and how it ended. */
export interface CommandResult {
  readonly code: ExitCode;
  readonly out: string;
  readonly error: string;
}

/** Runs a command line in this process. Without `surroundings` it has no variables, an empty input and no terminal. */
export async function runCommand(
  commands: readonly CommandDeclaration[],
  args: readonly string[],
  surroundings: Partial<CommandSurroundings> = {},
): Promise<CommandResult> {
  const said = { out: '', error: '' };
  const code = await runCommandLine(commands, args, {
    variables: {},
    input: Readable.from([]),
    showsProgress: false,
    interruption: () => new AbortController().signal,
    print: (text) => void (said.out += text),
    complain: (text) => void (said.error += text),
    ...surroundings,
  });
  return { code, ...said };
}
