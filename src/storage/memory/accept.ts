import { type AcceptedDelivery } from '../../model/delivery.js';
import { SimilarityGroups } from '../../model/content-similarity.js';
import { decideArrival } from '../../model/decisions/arrival.js';
import { arrivalAt, isFull, type PlannedArrival, readyAtOf } from '../../model/decisions/arrival-plan.js';
import { mayCloseEarly } from '../../model/decisions/closing.js';
import { allowanceKey, likeBase, likeWindowKey, rememberLike, windowKey } from '../../model/decisions/window-key.js';
import { NOTIFICATION_LIMITS, type NotificationContent, PRIORITIES } from '../../model/notification.js';
import { fingerprintOfParts } from '../../model/fingerprint.js';
import { pendingLimit } from '../../model/queue-limit.js';
import { isStopped } from '../../model/suppression.js';
import { type WindowPolicy } from '../../model/window.js';
import { deliveryCount, partsOf } from '../acceptance-parts.js';
import { type Acceptance, type AcceptResult, type AcceptTally, type ClosedWindow } from '../notification-store.js';
import { textHash } from '../text-hash.js';
import { expire } from './claim.js';
import { closeWindow } from './close.js';
import { keepToLimit } from './flush.js';
import { enter, gatherQueued } from './gather-queued.js';
import { type MemoryStoreState } from './memory-store-state.js';
import { endAlone, live, type MemoryDelivery, type MemoryMessage, type MemoryWindow, windowFacts } from './records.js';

/** One delivery on its way in. */
interface Arrival extends PlannedArrival {
  readonly content: NotificationContent;
  readonly address: string;
  /** The id of the first delivery of its notification. */
  readonly firstId: number;
  readonly now: number;
  readonly notBefore: number | undefined;
  readonly recipient: string | undefined;
}

/** Keeps one notification: each of its addresses becomes a delivery in a window or in its own message. */
export function accept(store: MemoryStoreState, acceptance: Acceptance, now: number, tally: AcceptTally): AcceptResult {
  const parts = partsOf(acceptance).map((part) => ({ ...part, content: copied(part.content) }));
  const { idempotencyKey, priority } = acceptance.content;
  const fingerprint = textHash(fingerprintOfParts(parts));
  const hash = idempotencyKey === undefined ? undefined : textHash(idempotencyKey);
  const earlier = hash === undefined ? undefined : store.idempotency.get(hash);
  if (idempotencyKey !== undefined && earlier !== undefined && earlier.at > now - NOTIFICATION_LIMITS.idempotencyMs) {
    if (earlier.fingerprint !== fingerprint) return { refused: { reason: 'idempotency_conflict', idempotencyKey } };
    const { notificationId, deliveries } = earlier.answer;
    return { notificationId, deliveries: deliveries.map((delivery) => ({ ...delivery, duplicate: true })) };
  }
  const pending = store.pending();
  if (pending + deliveryCount(acceptance) > pendingLimit(store.options.maxPending, priority)) {
    return { refused: { reason: 'queue_full', pending, maxPending: store.options.maxPending } };
  }
  const firstId = store.newestDelivery + 1;
  const accepted = parts.flatMap((part) => acceptPart(store, part, firstId, now, tally));
  const deliveries = accepted.map(({ delivery }) => delivery);
  const answers = accepted.map(({ answer }) => answer);
  const attachments = parts.flatMap((part) => part.attachments ?? []);
  if (attachments.length > 0) {
    store.attachments.set(
      firstId,
      attachments.map((bytes) => bytes.slice()),
    );
  }
  const answer = { notificationId: store.publicId('n', firstId), deliveries: answers };
  if (hash !== undefined) store.idempotency.set(hash, { fingerprint, deliveries, answer, at: now });
  return answer;
}

/** The deliveries of one channel. */
function acceptPart(
  store: MemoryStoreState,
  part: Acceptance,
  firstId: number,
  now: number,
  tally: AcceptTally,
): readonly { readonly delivery: MemoryDelivery; readonly answer: AcceptedDelivery }[] {
  const { content, addresses, recipients, maxAddresses } = part;
  const { closed } = tally;
  const { sendAt } = content;
  const notBefore = sendAt !== undefined && sendAt > now ? sendAt : undefined;
  return addresses.map((address, index) => {
    const recipient = recipients?.[index];
    const arrival = { ...arrivalAt(part, index, now), content, address, recipient, firstId, now, notBefore };
    if (part.sendsAhead === true) sendAhead(store, arrival, closed);
    const delivery = cancelAtOnce(store, arrival, part) ?? place(store, arrival, tally);
    const answer = answerOf(store, delivery);
    if (maxAddresses !== undefined) closed.push(...keepToLimit(store, content.channel, maxAddresses, now));
    return { delivery, answer };
  });
}

/** What was accepted does not change with the caller's object. */
function copied(content: NotificationContent): NotificationContent {
  return JSON.parse(JSON.stringify(content)) as NotificationContent;
}

function answerOf(store: MemoryStoreState, { id, message }: MemoryDelivery): AcceptedDelivery {
  return {
    id: store.publicId('d', id),
    to: message.address,
    channel: message.channel,
    route: message.route,
    messageId: store.publicId('m', message.id),
    duplicate: false,
  };
}

/** Closes what gathers in order for the address, and puts it on the same lane, before it. */
function sendAhead(store: MemoryStoreState, { content, address, now }: Arrival, closed: ClosedWindow[]): void {
  const { channel, priority } = content;
  for (const window of store.windows()) {
    if (window.policy.ordered !== true || window.channel !== channel || window.address !== address) continue;
    if (!mayCloseEarly(window, now)) continue;
    closed.push(closeWindow(store, window, 'flush', now, undefined, PRIORITIES.indexOf(priority)));
  }
}

/** Keeps a delivery to a suppressed address, and one that its recipient does not want, as one that is cancelled. */
function cancelAtOnce(store: MemoryStoreState, arrival: Arrival, { isRequired = false }: Acceptance): MemoryDelivery | undefined {
  const { content, address, now, cancelled } = arrival;
  const reasons = store.suppressions.reasons(content.channel, address, now);
  const stopped = isStopped(reasons, { isCritical: content.priority === 'critical', isRequired });
  const reason = stopped ? 'suppressed' : cancelled;
  if (reason === undefined) return undefined;
  const delivery = addAlone(store, arrival);
  endAlone(delivery, { state: 'cancelled', reason, at: now });
  return delivery;
}

/** Puts a delivery where `decideArrival` says. */
function place(store: MemoryStoreState, arrival: Arrival, tally: AcceptTally): MemoryDelivery {
  const { closed } = tally;
  const { content, now, notBefore, rule } = arrival;
  const group = rule && groupOf(store, arrival, rule.policy, closed);
  const facts = { now, notBefore, expiresAt: content.expiresAt };
  const decision = decideArrival(rule, group ?? { window: undefined, allowance: undefined }, facts);
  switch (decision.action) {
    case 'expire': {
      const delivery = addAlone(store, arrival);
      expire(delivery, now);
      tally.expired++;
      return delivery;
    }
    case 'send':
      return send(store, arrival, arrival.direct);
    case 'lead': {
      const { policy, allowance } = decision;
      const delivery = send(store, arrival, policy);
      const key = group?.allowanceKey ?? '';
      const opener = allowance.sent === 1 ? delivery : (store.allowances.get(key)?.opener ?? delivery);
      store.allowances.set(key, { ...allowance, key, opener, policy });
      return delivery;
    }
    case 'open': {
      const window = openWindow(store, arrival, group?.key ?? '', decision.policy);
      window.times = decision.times;
      if (decision.gathersQueued) gatherQueued(store, window, now);
      return join(store, window, arrival, closed);
    }
    case 'join':
      return join(store, decision.window, arrival, closed);
  }
}

/** The group of an arrival, and what is open there. A window that is due closes here, exactly at its time. */
function groupOf(
  store: MemoryStoreState,
  { content, address, now, notBefore, alone }: Arrival,
  policy: WindowPolicy,
  closed: ClosedWindow[],
) {
  const base = windowKey(content, address, policy, notBefore, alone);
  const key = likeWindowKey(base, content, policy, groupsOf(store), store.nextMessage);
  const counted = allowanceKey(key, content.channel, address, policy);
  const found = store.windows().find((window) => window.key === key);
  const isDue = found !== undefined && found.times.dueAt <= now;
  if (isDue) closed.push(closeWindow(store, found, 'time', now));
  return { key, allowanceKey: counted, window: isDue ? undefined : found, allowance: store.allowances.get(counted) };
}

/** Groups of like contents, worked out from all that is open. */
function groupsOf(store: MemoryStoreState): SimilarityGroups {
  const groups = new SimilarityGroups();
  const openers = [
    ...store
      .windows()
      .map(({ id, key = '', policy, deliveries }) => ({ id: `window ${id}`, key, policy, opener: deliveries[0] })),
    ...[...store.allowances.values()].map((allowance) => ({ id: `allowance ${allowance.key}`, ...allowance })),
  ];
  for (const { id, key, policy, opener } of openers.toSorted((a, b) => (a.opener?.id ?? 0) - (b.opener?.id ?? 0))) {
    if (opener !== undefined) rememberLike(id, key, opener.content, policy, groups);
  }
  for (const window of store.windows()) {
    const base = likeBase(window.key ?? '');
    for (const { content } of live(window)) {
      if (base !== undefined && content.dedupeKey !== undefined) groups.addKeyed(window.key ?? '', base, content.dedupeKey);
    }
  }
  return groups;
}

/** A message of one, due at once or at its `sendAt`. */
function send(store: MemoryStoreState, arrival: Arrival, policy?: WindowPolicy): MemoryDelivery {
  const delivery = addAlone(store, arrival, policy);
  store.queue(delivery.message, delivery.message.queuedAt, arrival.now);
  return delivery;
}

/** The same, in no queue yet. */
function addAlone(store: MemoryStoreState, arrival: Arrival, policy?: WindowPolicy): MemoryDelivery {
  const { content, address, route, now } = arrival;
  const { channel, type } = content;
  const message = store.addMessage({ channel, type, address, ...(policy === undefined ? {} : { policy }) }, route, now);
  const delivery = store.addDelivery(deliveryOf(arrival, message));
  message.deliveries.push(delivery);
  message.rank = PRIORITIES.indexOf(content.priority);
  message.queuedAt = readyAtOf(content, now);
  return delivery;
}

function deliveryOf({ firstId, content, now, recipient }: Arrival, message: MemoryMessage): Omit<MemoryDelivery, 'id'> {
  return { firstId, content, acceptedAt: now, message, ...(recipient === undefined ? {} : { recipient }) };
}

function openWindow(store: MemoryStoreState, arrival: Arrival, key: string, policy: WindowPolicy): MemoryWindow {
  const { content, address, now, notBefore } = arrival;
  const { channel, type, groupKey } = content;
  const optional = { ...(groupKey === undefined ? {} : { groupKey }), ...(notBefore === undefined ? {} : { notBefore }) };
  const message = store.addMessage({ channel, type, address, key, policy, ...optional }, 'aggregate', now);
  return Object.assign(message, { policy });
}

function join(store: MemoryStoreState, window: MemoryWindow, arrival: Arrival, closed: ClosedWindow[]): MemoryDelivery {
  const { now, isHeld, restartsUntil } = arrival;
  const delivery = store.addDelivery(deliveryOf(arrival, window));
  enter(window, delivery, now, restartsUntil?.(window.openedAt));
  if (isFull(windowFacts(window), isHeld, now)) closed.push(closeWindow(store, window, 'count', now));
  return delivery;
}
