import { InvalidArgumentError, type Command } from 'commander';
import type { Page } from '../storage/notification-store.js';
import { type Fields } from './application-api.js';

/** Options by which lists are narrowed. */
export interface FilterOptions {
  readonly channel?: string;
  readonly type?: string;
  readonly address?: string;
}

/** Most that the application gives at once. */
const PAGE = 200;
const DEFAULT_LIMIT = 50;

/** Adds the options of {@link FilterOptions}. */
export function filters(command: Command): Command {
  return command
    .option('--channel <name>', 'only of this channel')
    .option('--type <type>', 'only of this type')
    .option('--address <address>', 'only for this address');
}

/** Adds `--limit`. */
export function limits(command: Command): Command {
  return command.option('--limit <n>', 'most lines', wholeNumber, DEFAULT_LIMIT);
}

/** An option that is a whole number, 1 or more. */
export function wholeNumber(text: string): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(number) || number < 1) {
    throw new InvalidArgumentError('It must be a whole number, 1 or more.');
  }
  return number;
}

/** What a filter says of the options that were given. */
export function filterOf({ channel, type, address }: FilterOptions): Fields {
  return { channel, type, address };
}

/**
 * Reads pages until there are `limit` items, or no more.
 *
 * @param readPage gets the fields `limit` and `cursor` of a query
 * @returns `isWhole`: nothing was left out
 */
export async function readPages<Item>(
  readPage: (page: Fields) => Promise<Page<Item>>,
  limit: number,
): Promise<{ readonly items: readonly Item[]; readonly isWhole: boolean }> {
  const items: Item[] = [];
  let cursor: string | undefined;
  do {
    const page = await readPage({ limit: Math.min(PAGE, limit - items.length), cursor });
    items.push(...page.items);
    cursor = page.next;
  } while (cursor !== undefined && items.length < limit);
  return { items, isWhole: cursor === undefined };
}
