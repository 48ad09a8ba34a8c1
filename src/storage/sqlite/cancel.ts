import { DELIVERY_STATES } from '../../model/delivery.js';
import { ConflictError, NotFoundError } from '../../model/errors.js';
import { type CancelFilter, type CancelReason, type CancelReport } from '../notification-store.js';
import { endAlone } from './claim.js';
import { contentOf, typeOf } from './content.js';
import { endedState, type Ledger } from './ledger.js';
import { type DeliveryRow, type MessageRow } from './rows.js';
import { MESSAGE_STATE } from './schema.js';
import { stateOf } from './views.js';
import { leaveWindow } from './window-entries.js';

const CANCELLED = DELIVERY_STATES.indexOf('cancelled');

/** Takes a delivery back before it is sent. */
export function cancel(ledger: Ledger, deliveryId: string, reason: CancelReason, now: number): void {
  const entry = ledger.delivery(ledger.privateId('d', deliveryId));
  const row = entry === undefined ? undefined : ledger.message(entry.message);
  if (entry === undefined || row === undefined) throw new NotFoundError(`delivery ${deliveryId}`);
  const refusal = takeBack(ledger, entry, row, reason, now);
  if (refusal !== undefined) throw new ConflictError(`delivery ${deliveryId} ${refusal}`);
}

/** Takes back whatever matches and still can be. */
export function cancelMatching(ledger: Ledger, filter: CancelFilter, now: number): CancelReport {
  let cancelled = 0;
  let kept = 0;
  for (const entry of [...candidates(ledger, filter, now)]) {
    const row = ledger.message(entry.message);
    if (row === undefined || !matches(entry, row, filter)) continue;
    if (takeBack(ledger, entry, row, 'cancelled', now) === undefined) cancelled++;
    else kept++;
  }
  return { cancelled, kept };
}

/** Returns why it cannot be taken back. */
function takeBack(ledger: Ledger, entry: DeliveryRow, row: MessageRow, reason: CancelReason, now: number): string | undefined {
  const state = endedState(entry.state) ?? stateOf(ledger, row);
  if (state !== 'gathering' && state !== 'queued') return `is ${state}; only a gathering or queued one can be taken back`;
  const window = ledger.windows.byMessage(row.id);
  if (window !== undefined) {
    leaveWindow(ledger, window, entry, 'cancelled', now);
  } else {
    if (row.attempts > 0 && row.count > 1) return 'is part of a digest that was tried already; its content is frozen';
    if (endAlone(ledger, row, entry, CANCELLED, now) && row.state === MESSAGE_STATE.queued) ledger.unqueue(row);
    ledger.counters.move(row.channel, typeOf(entry, row), row.route, 'queued', 'cancelled', 1);
  }
  if (reason !== 'cancelled') ledger.db.sql('UPDATE delivery SET reason = ? WHERE id = ?').run(reason, entry.id);
  return undefined;
}

/** A key of its own finds everything; the others are looked for among what is pending. */
function* candidates(ledger: Ledger, filter: CancelFilter, now: number): Generator<DeliveryRow> {
  if (filter.idempotencyKey !== undefined) {
    const found = ledger.idempotency.find(filter.idempotencyKey, now);
    if (found === undefined) return;
    const ids = ledger.db
      .sql('SELECT d.id AS id FROM content c JOIN delivery d ON d.id >= c.id AND d.id < c.id + c.size WHERE c.id = ?')
      .all(found.content);
    for (const { id } of ids) {
      const entry = ledger.delivery(Number(id));
      if (entry !== undefined) yield entry;
    }
    return;
  }
  for (const window of ledger.windows.all()) {
    if (filter.groupKey !== undefined && window.groupKey !== filter.groupKey) continue;
    if (filter.dedupeKey !== undefined && window.dedupe?.has(filter.dedupeKey) !== true) continue;
    yield* ledger.entries(window.id, window.tail);
  }
  for (const raw of ledger.db.sql('SELECT id, tail FROM message WHERE state = 1').iterate()) {
    yield* ledger.entries(Number(raw['id']), Number(raw['tail']));
  }
}

function matches(entry: DeliveryRow, row: MessageRow, filter: CancelFilter): boolean {
  const content = contentOf(entry);
  return (
    (filter.groupKey ?? content.groupKey) === content.groupKey &&
    (filter.dedupeKey ?? content.dedupeKey) === content.dedupeKey &&
    (filter.type ?? content.type) === content.type &&
    (filter.channel ?? row.channel) === row.channel &&
    (filter.address ?? row.address) === row.address
  );
}
