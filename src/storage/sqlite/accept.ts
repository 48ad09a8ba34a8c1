import { type AcceptedNotification } from '../../model/delivery.js';
import { arrivalAt } from '../../model/decisions/arrival-plan.js';
import { fingerprintText } from '../../model/fingerprint.js';
import { pendingLimit } from '../../model/queue-limit.js';
import { type AcceptResult, type Acceptance, type AcceptTally } from '../notification-store.js';
import { addAttachments } from './attachments.js';
import { keepToLimit } from './close.js';
import { digest, type IdempotencyEntry } from './idempotency-index.js';
import { type StoreState } from './store-state.js';
import { pack } from './packing.js';
import { place } from './place.js';
import { ROUTE_NUMBER, routeAt } from '../persisted.js';

const NO_COMPRESSION = { minBytes: 0, level: 1 };

/** Keeps one notification: each of its addresses becomes a delivery in a window or in its own message. */
export function accept(store: StoreState, acceptance: Acceptance, now: number, tally: AcceptTally): AcceptResult {
  const { content, addresses, said = content } = acceptance;
  const { idempotencyKey } = content;
  const fingerprint = idempotencyKey === undefined ? undefined : digest(fingerprintText(said, addresses));
  const earlier = idempotencyKey === undefined ? undefined : store.idempotency.find(idempotencyKey, now);
  if (idempotencyKey !== undefined && fingerprint !== undefined && earlier !== undefined) {
    if (!earlier.fingerprint.equals(fingerprint)) return { refused: { reason: 'idempotency_conflict', idempotencyKey } };
    return firstAnswer(store, content.channel, earlier);
  }
  const pending = store.counters.pending;
  if (pending + addresses.length > pendingLimit(store.options.maxPending, content.priority)) {
    return { refused: { reason: 'queue_full', pending, maxPending: store.options.maxPending } };
  }
  const first = store.nextDelivery;
  const json = pack(JSON.stringify(content), store.options.compression ?? NO_COMPRESSION);
  store.db.sql('INSERT INTO content (id, size, json) VALUES (?, ?, ?)').run(first, addresses.length, json);
  if (acceptance.attachments !== undefined) addAttachments(store, first, acceptance.attachments);
  const notBefore = content.sendAt !== undefined && content.sendAt > now ? content.sendAt : undefined;
  const places = addresses.map((address, index) => {
    const id = store.nextDelivery++;
    const arrival = { ...arrivalAt(acceptance, index), content, address, id, contentId: first, now, notBefore };
    const placed = place(store, acceptance, arrival, tally);
    if (acceptance.maxAddresses !== undefined) {
      tally.closed.push(...keepToLimit(store, content.channel, acceptance.maxAddresses, now));
    }
    return { id, address, ...placed };
  });
  if (idempotencyKey !== undefined && fingerprint !== undefined) {
    const answer = places.map(({ address, message, route }): AnsweredDelivery => [address, message, ROUTE_NUMBER[route]]);
    store.idempotency.add(idempotencyKey, { fingerprint, content: first, at: now, answer: JSON.stringify(answer) });
  }
  return {
    notificationId: store.publicId('n', first),
    deliveries: places.map(({ id, address, message, route }) => ({
      id: store.publicId('d', id),
      to: address,
      channel: content.channel,
      route,
      messageId: store.publicId('m', message),
      duplicate: false,
    })),
  };
}

/** A delivery of a first answer, as it is stored with the key. */
type AnsweredDelivery = readonly [address: string, message: number, route: number];

/** How many deliveries a first answer has. */
export function answeredCount(answer: string): number {
  return (JSON.parse(answer) as readonly AnsweredDelivery[]).length;
}

/** A first answer without an address that is erased; undefined when it does not have it. */
export function answerWithout(address: string, answer: string): string | undefined {
  if (!answer.includes(JSON.stringify(address))) return undefined;
  const deliveries = JSON.parse(answer) as readonly AnsweredDelivery[];
  return JSON.stringify(deliveries.map(([to, message, route]) => [to === address ? '' : to, message, route]));
}

/** The same word for word, wherever its deliveries are now; without addresses that were erased. */
function firstAnswer(store: StoreState, channel: string, { content, answer }: IdempotencyEntry): AcceptedNotification {
  return {
    notificationId: store.publicId('n', content),
    deliveries: (JSON.parse(answer) as readonly AnsweredDelivery[]).map(([address, message, route], index) => ({
      id: store.publicId('d', content + index),
      to: address,
      channel,
      route: routeAt(route),
      messageId: store.publicId('m', message),
      duplicate: true,
    })),
  };
}
