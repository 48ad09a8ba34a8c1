import { type Fields } from './application-api.js';
import { UsageError } from './command.js';

/**
 * A command that changes much names what it changes: ids, a filter, or `--all`.
 *
 * @param noun what an id is of, with its article
 * @throws UsageError when nothing or two of them are given
 */
export function refuseUnboundedCommand(noun: string, ids: readonly string[], filter: Fields, all: true | undefined): void {
  const isFiltered = Object.values(filter).some((value) => value !== undefined);
  if (ids.length === 0 && !isFiltered && all !== true) {
    throw new UsageError(`give the id of ${noun}, a filter such as --channel, or --all`);
  }
  if (all === true && (ids.length > 0 || isFiltered)) throw new UsageError('--all goes with neither an id nor a filter');
  if (ids.length > 0 && isFiltered) throw new UsageError(`give either the id of ${noun} or a filter`);
}
