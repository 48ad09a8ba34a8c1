import { type AcceptedNotification } from '../../model/delivery.js';
import { arrivalAt } from '../../model/decisions/arrival-plan.js';
import { fingerprintOfParts } from '../../model/fingerprint.js';
import { pendingLimit } from '../../model/queue-limit.js';
import { deliveryCount, partsOf } from '../acceptance-parts.js';
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
  const { idempotencyKey, priority } = acceptance.content;
  const fingerprint = idempotencyKey === undefined ? undefined : digest(fingerprintOfParts(partsOf(acceptance)));
  const earlier = idempotencyKey === undefined ? undefined : store.idempotency.find(idempotencyKey, now);
  if (idempotencyKey !== undefined && fingerprint !== undefined && earlier !== undefined) {
    if (!earlier.fingerprint.equals(fingerprint)) return { refused: { reason: 'idempotency_conflict', idempotencyKey } };
    return firstAnswer(store, acceptance.content.channel, earlier);
  }
  const pending = store.counters.pending;
  if (pending + deliveryCount(acceptance) > pendingLimit(store.options.maxPending, priority)) {
    return { refused: { reason: 'queue_full', pending, maxPending: store.options.maxPending } };
  }
  const first = store.nextDelivery;
  const places = partsOf(acceptance).flatMap((part) => acceptPart(store, part, first, now, tally));
  if (idempotencyKey !== undefined && fingerprint !== undefined) {
    const answer = places.map(({ address, channel, message, route }): AnsweredDelivery =>
      acceptance.also === undefined ? [address, message, ROUTE_NUMBER[route]] : [address, message, ROUTE_NUMBER[route], channel],
    );
    store.idempotency.add(idempotencyKey, { fingerprint, content: first, at: now, answer: JSON.stringify(answer) });
  }
  return {
    notificationId: store.publicId('n', first),
    deliveries: places.map(({ id, address, channel, message, route }) => ({
      id: store.publicId('d', id),
      to: address,
      channel,
      route,
      messageId: store.publicId('m', message),
      duplicate: false,
    })),
  };
}

/** The deliveries of one channel: they follow those of the channel before without a gap. */
function acceptPart(store: StoreState, part: Acceptance, notification: number, now: number, tally: AcceptTally) {
  const { content, addresses, recipients, maxAddresses } = part;
  const { channel, sendAt } = content;
  const first = store.nextDelivery;
  const json = pack(JSON.stringify(content), store.options.compression ?? NO_COMPRESSION);
  store.db
    .sql('INSERT INTO content (id, size, json, notification) VALUES (?, ?, ?, ?)')
    .run(first, addresses.length, json, first === notification ? null : notification);
  if (part.attachments !== undefined) addAttachments(store, first, part.attachments);
  const notBefore = sendAt !== undefined && sendAt > now ? sendAt : undefined;
  return addresses.map((address, index) => {
    const id = store.nextDelivery++;
    const recipient = recipients?.[index];
    const arrival = { ...arrivalAt(part, index, now), content, address, recipient, id, contentId: first, now, notBefore };
    const placed = place(store, part, arrival, tally);
    if (maxAddresses !== undefined) tally.closed.push(...keepToLimit(store, channel, maxAddresses, now));
    return { id, address, channel, ...placed };
  });
}

/**
 * A delivery of a first answer, as it is stored with the key. The channel is left out, or null, where all have that of the notification; the id where
 * it follows from the place, as it does but in a store that was moved here.
 */
export type AnsweredDelivery = readonly [address: string, message: number, route: number, channel?: string | null, id?: number];

/** How many deliveries a first answer has. */
export function answeredCount(answer: string): number {
  return (JSON.parse(answer) as readonly AnsweredDelivery[]).length;
}

/** A first answer without an address that is erased; undefined when it does not have it. */
export function answerWithout(address: string, answer: string): string | undefined {
  if (!answer.includes(JSON.stringify(address))) return undefined;
  const deliveries = JSON.parse(answer) as readonly AnsweredDelivery[];
  return JSON.stringify(deliveries.map(([to, ...rest]) => [to === address ? '' : to, ...rest]));
}

/** The same word for word, wherever its deliveries are now; without addresses that were erased. */
function firstAnswer(store: StoreState, onlyChannel: string, { content, answer }: IdempotencyEntry): AcceptedNotification {
  return {
    notificationId: store.publicId('n', content),
    deliveries: (JSON.parse(answer) as readonly AnsweredDelivery[]).map(([address, message, route, channel, id], index) => ({
      id: store.publicId('d', id ?? content + index),
      to: address,
      channel: channel ?? onlyChannel,
      route: routeAt(route),
      messageId: store.publicId('m', message),
      duplicate: true,
    })),
  };
}
