import { isStopped } from '../../model/suppression.js';
import { PRIORITY_NUMBER } from '../persisted.js';
import { typeOf } from './content.js';
import { type StoreState } from './store-state.js';
import { type DeliveryRow, type MessageRow } from './rows.js';

/** Tells of an entry of an address whether its suppressions stop it; undefined when they stop nothing. */
export function stopsAt(
  store: StoreState,
  { channel, address, type }: Pick<MessageRow, 'channel' | 'address' | 'type'>,
  requiredTypes: ReadonlySet<string>,
  now: number,
): ((entry: Pick<DeliveryRow, 'json' | 'priority'>) => boolean) | undefined {
  const reasons = store.suppressions.reasonsOf(channel, address, now);
  if (reasons.length === 0) return undefined;
  return (entry) =>
    isStopped(reasons, {
      isCritical: entry.priority === PRIORITY_NUMBER.critical,
      isRequired: requiredTypes.has(typeOf(entry, { type })),
    });
}
