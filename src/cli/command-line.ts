import { Command, CommanderError } from 'commander';
import { NotificationError } from '../model/errors.js';
import { PACKAGE_VERSION } from '../model/package-version.js';
import {
  type CommandDeclaration,
  type CommandSurroundings,
  EXIT_CODES,
  type ExitCode,
  FailedCommandError,
  UsageError,
} from './command.js';

const AFTER_HELP = `
Exit codes: ${EXIT_CODES.done} done, ${EXIT_CODES.failed} refused or failed, ${EXIT_CODES.usage} wrong command line, ${EXIT_CODES.unreachable} the application cannot be reached
nestjs-digest COMMAND --help tells the options of a command
`;

/** Runs the command that the arguments name. Returns the exit code. */
export async function runCommandLine(
  declarations: readonly CommandDeclaration[],
  args: readonly string[],
  surroundings: CommandSurroundings,
): Promise<ExitCode> {
  const { print, complain } = surroundings;
  let code: ExitCode = EXIT_CODES.done;
  const context = { ...surroundings, end: (ended: ExitCode) => void (code = ended) };
  const program = new Command('nestjs-digest')
    .description('Durable notifications and digests: starts an application, asks one, and looks after its store.')
    .version(PACKAGE_VERSION, '-v, --version', 'prints the version of the package')
    .helpOption('-h, --help', 'prints this')
    .helpCommand('help [command]', 'prints the options of a command')
    .addHelpText('after', AFTER_HELP)
    .configureOutput({ writeOut: print, writeErr: complain })
    .exitOverride();
  for (const declare of declarations) declare(program, context);
  try {
    await program.parseAsync(args.length === 0 ? ['--help'] : [...args], { from: 'user' });
    return code;
  } catch (error) {
    return endOf(error, program.args[0] ?? '', complain);
  }
}

function endOf(error: unknown, name: string, complain: CommandSurroundings['complain']): ExitCode {
  // It has been printed already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_CODES.done : EXIT_CODES.usage;
  const told = `nestjs-digest ${name}: ${error instanceof Error ? error.message : String(error)}\n`;
  if (error instanceof UsageError) {
    complain(`${told}nestjs-digest ${name} --help tells its options\n`);
    return EXIT_CODES.usage;
  }
  if (error instanceof FailedCommandError) {
    complain(told);
    return error.exitCode;
  }
  if (error instanceof NotificationError) {
    complain(`${told}${causeOf(error)}`);
    return EXIT_CODES.failed;
  }
  throw error;
}

/** What the server or the network said, which has no secrets. */
function causeOf({ cause }: Error): string {
  return cause instanceof Error ? `  ${cause.message}\n` : '';
}
