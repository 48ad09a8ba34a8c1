import { DELIVERY_STATES } from '../../model/delivery.js';
import { ConflictError, NotFoundError } from '../../model/errors.js';
import { leaveWindow, routeOf } from './advance.js';
import { endAlone } from './claim.js';
import { contentOf, endedState, type Ledger } from './ledger.js';
import { MESSAGE_STATE } from './schema.js';
import { stateOf } from './views.js';

const CANCELLED = DELIVERY_STATES.indexOf('cancelled');

/** Takes a delivery back before it is sent. */
export function cancel(ledger: Ledger, deliveryId: string, now: number): void {
  const entry = ledger.delivery(ledger.privateId('d', deliveryId));
  const row = entry === undefined ? undefined : ledger.message(entry.message);
  if (entry === undefined || row === undefined) throw new NotFoundError(`delivery ${deliveryId}`);
  const state = endedState(entry.state) ?? stateOf(ledger, row);
  if (state !== 'gathering' && state !== 'queued') {
    throw new ConflictError(`delivery ${deliveryId} is ${state}; only a gathering or queued one can be cancelled`);
  }
  const window = ledger.windows.byMessage(row.id);
  if (window !== undefined) {
    leaveWindow(ledger, window, entry, CANCELLED, now);
    ledger.counters.move(window.channel, contentOf(entry).type, routeOf(ledger, window), 'gathering', 'cancelled', 1);
    return;
  }
  if (row.attempts > 0 && row.count > 1) {
    throw new ConflictError(`delivery ${deliveryId} is part of a digest that was tried already; its content is frozen`);
  }
  if (endAlone(ledger, row, entry, CANCELLED, now) && row.state === MESSAGE_STATE.queued) ledger.unqueue(row);
  ledger.counters.move(row.channel, contentOf(entry).type, row.route, 'queued', 'cancelled', 1);
}
