import { type AcceptedDelivery, type AcceptedNotification, ROUTES } from '../../model/delivery.js';
import { allowanceKey } from '../../model/decisions/window-key.js';
import { NOTIFICATION_LIMITS } from '../../model/notification.js';
import { pendingLimit } from '../../model/queue-limit.js';
import { isStopped } from '../../model/suppression.js';
import { deliveryCount, partsOf } from '../acceptance-parts.js';
import { type AcceptReport, type AcceptResult, type AcceptTally } from '../notification-store.js';
import { type AnsweredDelivery } from './answers.js';
import { type Arrival } from './arrival.js';
import { keepToLimit, sendAhead } from './early-closes.js';
import { hashOf } from './keys.js';
import { type Context } from './context.js';
import { endUnsent, type Place, place } from './place.js';
import { type Prepared, type PreparedPart } from './prepare.js';
import { type Work } from './work.js';

/** One call of a caller. */
export interface AcceptCall {
  readonly prepared: readonly Prepared[];
  readonly now: number;
}

/** Keeps notifications: each of their addresses becomes a delivery in a window or in a message of its own. */
export async function acceptAll(work: Work, calls: readonly AcceptCall[]): Promise<readonly AcceptReport[]> {
  const before = await load(
    work,
    calls.flatMap(({ prepared }) => prepared),
  );
  const reports: AcceptReport[] = [];
  for (const { prepared, now } of calls) {
    const tally: AcceptTally = { closed: [], expired: 0 };
    const results: AcceptResult[] = [];
    for (const one of prepared) results.push(await accept(work, one, now, before, tally));
    reports.push({ results, ...tally, pending: before + work.messages.pendingAdded });
  }
  return reports;
}

/** Reads what the decisions look at; returns how many deliveries are pending. */
async function load(work: Work, all: readonly Prepared[]): Promise<number> {
  const { tx, answers, allowances, suppressed, likeness, dedupe, ids } = work;
  const keys: string[] = [];
  const counted: string[] = [];
  const bases: string[] = [];
  const parts = all.flatMap<PreparedPart>(partsOf);
  for (const { content, arrivals } of parts) {
    for (const { rule, baseKey, address } of arrivals) {
      if (rule === undefined || baseKey === undefined) continue;
      if (rule.policy.similarity !== undefined) bases.push(hashOf(baseKey));
      else {
        keys.push(hashOf(baseKey));
        if (rule.policy.leadingCount > 0) counted.push(hashOf(allowanceKey(baseKey, content.channel, address, rule.policy)));
      }
    }
  }
  const addresses = parts.flatMap(({ content: { channel }, addresses: to }) => to.map((address) => ({ channel, address })));
  // They are sent together: one round trip.
  const [, , , , , [pending]] = await Promise.all([
    answers.load(all.flatMap(({ idempotency }) => idempotency?.hash ?? [])),
    tx.load(keys.map((key) => ['win', key])),
    allowances.load(counted),
    suppressed.load(addresses),
    likeness.load(bases),
    tx.read([['HGET', 'sums', 'pending']]),
  ]);
  await work.loadWindows(keys);
  const keyed = parts.flatMap(({ content: { dedupeKey }, arrivals }) =>
    arrivals.flatMap(({ baseKey }) => {
      const window = baseKey === undefined || dedupeKey === undefined ? undefined : work.window(hashOf(baseKey));
      return window === undefined || dedupeKey === undefined ? [] : [{ window, key: dedupeKey }];
    }),
  );
  await Promise.all([dedupe.load(keyed), ids.reserve({ d: addresses.length, m: addresses.length })]);
  return Number(pending ?? 0);
}

async function accept(
  work: Work,
  prepared: Prepared,
  now: number,
  pendingBefore: number,
  tally: AcceptTally,
): Promise<AcceptResult> {
  const { content, idempotency } = prepared;
  const { channel } = content;
  const earlier = idempotency && work.answers.get(idempotency.hash);
  if (idempotency !== undefined && earlier !== undefined && earlier.at > now - NOTIFICATION_LIMITS.idempotencyMs) {
    if (earlier.fingerprint !== idempotency.fingerprint) {
      return { refused: { reason: 'idempotency_conflict', idempotencyKey: idempotency.key } };
    }
    return acceptedNotification(work.context, channel, earlier.deliveries, true);
  }
  const { maxPending } = work.context;
  const pending = pendingBefore + work.messages.pendingAdded;
  if (pending + deliveryCount(prepared) > pendingLimit(maxPending, content.priority)) {
    return { refused: { reason: 'queue_full', pending, maxPending } };
  }
  const answered: AnsweredDelivery[] = [];
  for (const part of partsOf<PreparedPart>(prepared)) {
    const accepted = await acceptPart(work, part, answered[0]?.[0], now, tally);
    answered.push(...(prepared.also === undefined ? accepted : accepted.map((one) => [...one, part.content.channel] as const)));
  }
  if (idempotency !== undefined) {
    work.answers.set(idempotency.hash, { fingerprint: idempotency.fingerprint, at: now, deliveries: answered });
  }
  return acceptedNotification(work.context, channel, answered, false);
}

/**
 * The deliveries of one channel.
 *
 * @param notification the first delivery of the notification; undefined: the one that comes first here
 */
async function acceptPart(
  work: Work,
  part: PreparedPart,
  notification: number | undefined,
  now: number,
  tally: AcceptTally,
): Promise<readonly (readonly [id: number, address: string, message: number, route: number])[]> {
  const { content, addresses, arrivals, notBefore, bytes, recipients, maxAddresses } = part;
  const answered: (readonly [number, string, number, number])[] = [];
  const isShared = addresses.length > 1 || bytes.length > 0;
  let first: number | undefined;
  for (const [index, planned] of arrivals.entries()) {
    const id = await work.ids.take('d');
    first ??= id;
    const of = { firstId: notification ?? first, sharedBy: isShared ? first : undefined, recipient: recipients?.[index] };
    const placed = await placeNext(work, part, { ...planned, content, id, ...of, now, notBefore }, tally);
    answered.push([id, planned.address, placed.message, ROUTES.indexOf(placed.route)]);
    if (maxAddresses !== undefined) await keepToLimit(work, content.channel, maxAddresses, now, tally);
  }
  if (isShared && first !== undefined) {
    work.tx.write('HSET', `c:${first}`, 'j', JSON.stringify(content), 'n', addresses.length);
    if (bytes.length > 0) work.tx.write('RPUSH', `f:${first}`, ...bytes);
  }
  return answered;
}

async function placeNext(work: Work, prepared: PreparedPart, arrival: Arrival, tally: AcceptTally): Promise<Place> {
  const { content, isRequired = false } = prepared;
  if (prepared.sendsAhead === true) await sendAhead(work, arrival, tally);
  const reasons = work.suppressed.reasonsOf({ channel: content.channel, address: arrival.address }, arrival.now);
  if (isStopped(reasons, { isCritical: content.priority === 'critical', isRequired })) {
    return endUnsent(work, arrival, 'cancelled', 'suppressed');
  }
  return place(work, arrival, tally);
}

/** The same word for word whenever it is given, wherever its deliveries are then. */
function acceptedNotification(
  context: Context,
  onlyChannel: string,
  answered: readonly AnsweredDelivery[],
  duplicate: boolean,
): AcceptedNotification {
  return {
    notificationId: context.publicId('n', answered[0]?.[0] ?? 0),
    deliveries: answered.map(([id, to, message, route, channel = onlyChannel]): AcceptedDelivery => {
      return {
        id: context.publicId('d', id),
        to,
        channel,
        route: ROUTES[route] ?? 'individual',
        messageId: context.publicId('m', message),
        duplicate,
      };
    }),
  };
}
