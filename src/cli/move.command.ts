import { randomUUID } from 'node:crypto';
import { resolveOptions } from '../config/resolve.js';
import { SystemClock } from '../model/clock.js';
import { storeOf } from '../module/store-choice.js';
import { giveUpMove, moveStore, type MoveProgress } from '../storage/moving/move-store.js';
import { type StoreTransfer } from '../storage/notification-store.js';
import { type CommandContext, type CommandDeclaration, UsageError } from './command.js';
import { Progress } from './send/progress.js';

const AFTER_HELP = `
Moves everything: what is pending, what is kept, settings and recipients. Stop the application first. From the first row on the old store is refused to
every application, and the new one until the last row: nothing is sent twice. When the command is stopped, run it again: it goes on where it was.
  nestjs-digest move --from sqlite:./data/notifications.db --to postgres://user:password@host:5432/database
The parameter schema of an address of PostgreSQL names the schema; nestjs_digest by default.
`;

interface MoveOptions {
  readonly from: string;
  readonly to: string;
  readonly giveUp?: true;
}

/** `move`: one store into another. */
export const declareMove: CommandDeclaration = (program, context) => {
  program
    .command('move')
    .description('moves everything of one store into another, empty one')
    .requiredOption('--from <url>', 'the old store: sqlite:PATH or postgres://user:password@host:5432/database')
    .requiredOption('--to <url>', 'the new store, which must be empty')
    .option('--give-up', 'gives a move up that has not ended: the old store is used again, and the new one never')
    .addHelpText('after', AFTER_HELP)
    .action((options: MoveOptions) => move(options, context));
};

async function move({ from, to, giveUp }: MoveOptions, context: CommandContext): Promise<void> {
  const [source, target] = [transferOf(from, '--from', context), transferOf(to, '--to', context)];
  if (source.place === target.place) throw new UsageError(`--to: ${target.place} is the store that --from names`);
  const clock = new SystemClock();
  if (giveUp === true) {
    await giveUpMove(source, target, clock.now());
    context.print(`given up: ${source.place} is used again; ${target.place} has a part of it and can be dropped\n`);
    return;
  }
  const progress = new Progress(clock, context);
  const show = ({ rows, total }: MoveProgress): void => {
    progress.show(`${Progress.bar(total === 0 ? 1 : rows / total)} ${rows} rows`);
  };
  try {
    const { rows, resumed } = await moveStore(source, target, { now: clock.now(), newId: randomUUID, onProgress: show });
    progress.clear();
    context.print(`${resumed ? 'went on, and ' : ''}moved ${rows} rows from ${source.place} to ${target.place}\n`);
  } finally {
    progress.clear();
  }
}

/** @throws InvalidConfigurationError, UsageError */
function transferOf(url: string, option: string, { variables }: CommandContext): StoreTransfer {
  // In production a release does not change tables by itself.
  const { transfer } = storeOf(resolveOptions({ store: { url } }, { NODE_ENV: variables['NODE_ENV'] }));
  if (transfer === undefined) throw new UsageError(`${option}: such a store cannot be moved`);
  return transfer;
}
