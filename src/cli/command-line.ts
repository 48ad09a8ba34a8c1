import { nearestName } from '../config/nearest-name.js';
import { NotificationError } from '../model/errors.js';
import { PACKAGE_VERSION } from '../model/package-version.js';
import { type Command, type CommandContext, UsageError } from './command.js';

const MAX_EDITS = 3;
const FAILED = 1;
/** As of most programs: the command line was wrong. */
const USAGE = 2;

/** Runs the command that the arguments name. Returns the exit code. @param complain writes to the standard error output */
export async function runCommandLine(
  commands: readonly Command[],
  args: readonly string[],
  context: CommandContext,
  complain: (text: string) => void,
): Promise<number> {
  const [name, ...rest] = args;
  if (name === '--version' || name === '-v') return say(context, `${PACKAGE_VERSION}\n`);
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') return say(context, usage(commands));
  const command = commands.find((one) => one.name === name);
  if (command === undefined) {
    complain(`nestjs-digest: there is no command ${JSON.stringify(name)}${guess(name, commands)}\n\n${usage(commands)}`);
    return USAGE;
  }
  if (rest.includes('--help') || rest.includes('-h')) return say(context, command.help);
  try {
    return await command.run(rest, context);
  } catch (error) {
    const isUsage = error instanceof UsageError;
    if (!isUsage && !(error instanceof NotificationError)) throw error;
    const hint = isUsage ? `\nnpx nestjs-digest ${name} --help tells its options\n` : causeOf(error);
    complain(`nestjs-digest ${name}: ${error.message}\n${hint}`);
    return isUsage ? USAGE : FAILED;
  }
}

function say({ print }: CommandContext, text: string): number {
  print(text);
  return 0;
}

function usage(commands: readonly Command[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  const lines = commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`);
  return `usage: npx nestjs-digest COMMAND [options]\n\n${lines.join('\n')}\n\nnpx nestjs-digest COMMAND --help tells more\n`;
}

function guess(name: string, commands: readonly Command[]): string {
  const names = commands.map((command) => command.name);
  const nearest = nearestName(name, names, () => MAX_EDITS);
  return nearest === undefined ? '' : `; did you mean ${nearest}?`;
}

/** What the server or the network said, which has no secrets. */
function causeOf({ cause }: Error): string {
  return cause instanceof Error ? `  ${cause.message}\n` : '';
}
