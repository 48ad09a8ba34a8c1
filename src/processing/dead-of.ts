import { type ClaimedMessage, type Settlement } from '../model/message.js';

/**
 * The deliveries of a batch that end as dead, and why, for one line of the log, however many there are; undefined when there are none.
 *
 * @param settlements one for each message, in the same order
 */
export function deadOf(
  messages: readonly ClaimedMessage[],
  settlements: readonly Settlement[],
): { readonly count: number; readonly reasons: string } | undefined {
  const reasons = new Map<string, number>();
  for (const [index, settlement] of settlements.entries()) {
    if (settlement.outcome !== 'dead') continue;
    const { reason } = settlement.failure;
    reasons.set(reason, (reasons.get(reason) ?? 0) + (messages[index]?.entries.length ?? 0));
  }
  const count = [...reasons.values()].reduce((sum, part) => sum + part, 0);
  return count === 0 ? undefined : { count, reasons: [...reasons].map(([reason, part]) => `${part} ${reason}`).join(', ') };
}
