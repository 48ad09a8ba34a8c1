import { type AcceptedDelivery, type AcceptedNotification, ROUTES } from '../../model/delivery.js';
import { arrivalAt } from '../../model/decisions/arrival-plan.js';
import { allowanceKey, windowKey } from '../../model/decisions/window-key.js';
import { fingerprintText } from '../../model/fingerprint.js';
import { NOTIFICATION_LIMITS, type NotificationContent } from '../../model/notification.js';
import { pendingLimit } from '../../model/queue-limit.js';
import { isStopped } from '../../model/suppression.js';
import { type Acceptance, type AcceptReport, type AcceptResult, type AcceptTally } from '../notification-store.js';
import { type AnsweredDelivery } from './answers.js';
import { type Arrival, type PreparedArrival } from './arrival.js';
import { keepToLimit, sendAhead } from './early-closes.js';
import { hashOf } from './keys.js';
import { type Context } from './context.js';
import { endUnsent, type Place, place } from './place.js';
import { type Work } from './work.js';

/** One notification as it was said: nothing of it changes with the caller's object. */
export interface Prepared extends Acceptance {
  readonly notBefore: number | undefined;
  readonly arrivals: readonly PreparedArrival[];
  readonly idempotency: { readonly key: string; readonly hash: string; readonly fingerprint: string } | undefined;
  readonly bytes: readonly Buffer[];
}

/** One call of a caller. */
export interface AcceptCall {
  readonly prepared: readonly Prepared[];
  readonly now: number;
}

/** @throws TypeError for content that is no JSON */
export function prepare(acceptance: Acceptance, now: number): Prepared {
  const content = JSON.parse(JSON.stringify(acceptance.content)) as NotificationContent;
  const { addresses, said = content, attachments = [] } = acceptance;
  const { idempotencyKey, sendAt } = content;
  const notBefore = sendAt !== undefined && sendAt > now ? sendAt : undefined;
  return {
    ...acceptance,
    content,
    addresses: [...addresses],
    notBefore,
    bytes: attachments.map((bytes) => Buffer.from(bytes)),
    arrivals: addresses.map((address, index) => {
      const arrival = arrivalAt(acceptance, index);
      const { rule, alone } = arrival;
      return { ...arrival, address, baseKey: rule && windowKey(content, address, rule.policy, notBefore, alone) };
    }),
    idempotency:
      idempotencyKey === undefined
        ? undefined
        : { key: idempotencyKey, hash: hashOf(idempotencyKey), fingerprint: hashOf(fingerprintText(said, addresses)) },
  };
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
  for (const { content, arrivals } of all) {
    for (const { rule, baseKey, address } of arrivals) {
      if (rule === undefined || baseKey === undefined) continue;
      if (rule.policy.similarity !== undefined) bases.push(hashOf(baseKey));
      else {
        keys.push(hashOf(baseKey));
        if (rule.policy.leadingCount > 0) counted.push(hashOf(allowanceKey(baseKey, content.channel, address, rule.policy)));
      }
    }
  }
  const addresses = all.flatMap(({ content: { channel }, addresses: to }) => to.map((address) => ({ channel, address })));
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
  const keyed = all.flatMap(({ content: { dedupeKey }, arrivals }) =>
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
  const { content, addresses, arrivals, notBefore, idempotency, bytes } = prepared;
  const earlier = idempotency && work.answers.get(idempotency.hash);
  if (idempotency !== undefined && earlier !== undefined && earlier.at > now - NOTIFICATION_LIMITS.idempotencyMs) {
    if (earlier.fingerprint !== idempotency.fingerprint) {
      return { refused: { reason: 'idempotency_conflict', idempotencyKey: idempotency.key } };
    }
    return acceptedNotification(work.context, content.channel, earlier.deliveries, true);
  }
  const { maxPending } = work.context;
  const pending = pendingBefore + work.messages.pendingAdded;
  if (pending + addresses.length > pendingLimit(maxPending, content.priority)) {
    return { refused: { reason: 'queue_full', pending, maxPending } };
  }
  const answered: AnsweredDelivery[] = [];
  const shared = addresses.length > 1 || bytes.length > 0;
  let firstId = 0;
  for (const planned of arrivals) {
    const id = await work.ids.take('d');
    if (firstId === 0) firstId = id;
    const arrival: Arrival = { ...planned, content, id, firstId, shared, now, notBefore };
    const placed = await placeNext(work, prepared, arrival, tally);
    answered.push([id, planned.address, placed.message, ROUTES.indexOf(placed.route)]);
    if (prepared.maxAddresses !== undefined) await keepToLimit(work, content.channel, prepared.maxAddresses, now, tally);
  }
  if (shared) {
    work.tx.write('HSET', `c:${firstId}`, 'j', JSON.stringify(content), 'n', addresses.length);
    if (bytes.length > 0) work.tx.write('RPUSH', `f:${firstId}`, ...bytes);
  }
  if (idempotency !== undefined) {
    work.answers.set(idempotency.hash, { fingerprint: idempotency.fingerprint, at: now, deliveries: answered });
  }
  return acceptedNotification(work.context, content.channel, answered, false);
}

async function placeNext(work: Work, prepared: Prepared, arrival: Arrival, tally: AcceptTally): Promise<Place> {
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
  channel: string,
  answered: readonly AnsweredDelivery[],
  duplicate: boolean,
): AcceptedNotification {
  return {
    notificationId: context.publicId('n', answered[0]?.[0] ?? 0),
    deliveries: answered.map(([id, to, message, route]): AcceptedDelivery => {
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
