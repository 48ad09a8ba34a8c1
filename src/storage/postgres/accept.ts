import { NOTIFICATION_LIMITS } from '../../model/notification.js';
import { pendingLimit } from '../../model/queue-limit.js';
import { isStopped } from '../../model/suppression.js';
import { deliveryCount, partsOf } from '../acceptance-parts.js';
import { type AcceptReport, type AcceptResult, type AcceptTally } from '../notification-store.js';
import { ROUTE_NUMBER } from '../persisted.js';
import { acceptedNotification, answeredBy, type AnsweredDelivery, firstAnswer } from './answered-delivery.js';
import { type Answer } from './answers.js';
import { addAttachments, dropAttachments } from './attachments.js';
import { type Arrival } from './arrival.js';
import { hashOf } from './hash.js';
import { keepToLimit, sendAhead } from './early-closes.js';
import { endAtOnce, endUnsent, type Place, place } from './place.js';
import { type Prepared, type PreparedPart } from './prepare.js';
import { allowanceKeyOf, type Gathering, gatheringOf } from './prepared-arrival.js';
import { type Work } from './work.js';

/** One call of a caller. */
export interface AcceptCall {
  readonly prepared: readonly Prepared[];
  readonly now: number;
}

/** Keeps notifications: each of their addresses becomes a delivery in a window or in its own message. */
export async function acceptAll(work: Work, calls: readonly AcceptCall[]): Promise<readonly AcceptReport[]> {
  const all = calls.flatMap(({ prepared }) => prepared);
  const before = await lockGroups(work, all);
  const reports: AcceptReport[] = [];
  for (const { prepared, now } of calls) {
    const tally: AcceptTally = { closed: [], expired: 0 };
    const results: AcceptResult[] = [];
    for (const one of prepared) results.push(await accept(work, one, now, before, tally));
    reports.push({ results, ...tally, pending: before + work.counts.pending });
  }
  return reports;
}

/** Locks what the decisions look at, each kind in one order; returns how many deliveries are pending. */
async function lockGroups(work: Work, all: readonly Prepared[]): Promise<number> {
  await work.answers.load(all.flatMap(({ idempotency }) => idempotency?.hash ?? []));
  const plain: Gathering[] = [];
  const bases: string[] = [];
  const parts = all.flatMap<PreparedPart>(partsOf);
  for (const one of parts.flatMap(gatheringOf)) {
    if (one.policy.similarity === undefined) plain.push(one);
    else bases.push(hashOf(one.baseKey));
  }
  await work.similarityGroups.lock(bases);
  await work.windows.lockKeys(plain.map(({ baseKey }) => hashOf(baseKey)));
  await work.allowances.lock(plain.flatMap(allowanceKeyOf));
  const keyed = plain.flatMap(({ baseKey, dedupeKey }) => {
    const window = dedupeKey === undefined ? undefined : work.windows.get(hashOf(baseKey));
    return window === undefined || dedupeKey === undefined ? [] : [{ window, key: dedupeKey }];
  });
  await work.dedupe.load(keyed);
  // One round trip.
  const [[row]] = await Promise.all([
    work.queries.query<{ readonly pending: number }>('SELECT sum(pending)::bigint AS pending FROM slot'),
    work.suppressed.load(
      parts.flatMap(({ content: { channel }, addresses }) => addresses.map((address) => ({ channel, address }))),
    ),
    work.ids.reserve(parts.reduce((sum, { addresses }) => sum + 2 * addresses.length, 0)),
  ]);
  return row?.pending ?? 0;
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
      if (prepared.ids !== undefined) return endInConflict(work, prepared, prepared.ids, now);
      return { refused: { reason: 'idempotency_conflict', idempotencyKey: idempotency.key } };
    }
    if (prepared.ids !== undefined) noteRepeat(work, prepared, prepared.ids, earlier, now);
    return firstAnswer(work.context, channel, earlier);
  }
  const { maxPending } = work.context;
  const pending = pendingBefore + work.counts.pending;
  if (prepared.ids === undefined && pending + deliveryCount(prepared) > pendingLimit(maxPending, content.priority)) {
    return { refused: { reason: 'queue_full', pending, maxPending } };
  }
  const answer: AnsweredDelivery[] = [];
  for (const part of partsOf<PreparedPart>(prepared)) {
    const first = answer[0]?.[0];
    const accepted = await acceptPart(
      work,
      part,
      first,
      prepared.ids?.slice(answer.length),
      now,
      tally,
      prepared.also !== undefined,
    );
    answer.push(...accepted);
  }
  if (idempotency !== undefined) {
    const { hash, fingerprint } = idempotency;
    work.answers.set({ hash, fingerprint, at: now, answer: JSON.stringify(answer) });
  }
  return acceptedNotification(work, channel, answer, false);
}

/**
 * The deliveries of one channel.
 *
 * @param notification the first delivery of the notification; undefined: the one that comes first here
 * @param given their ids, when they were given before
 * @param isOneOfSeveral there are other channels
 */
async function acceptPart(
  work: Work,
  part: PreparedPart,
  notification: number | undefined,
  given: readonly number[] | undefined,
  now: number,
  tally: AcceptTally,
  isOneOfSeveral: boolean,
): Promise<readonly AnsweredDelivery[]> {
  const { content, addresses, arrivals, json, notBefore, attachments = [], recipients, maxAddresses } = part;
  const { channel } = content;
  const answer: AnsweredDelivery[] = [];
  let contentId: number | null = null;
  for (const [index, planned] of arrivals.entries()) {
    const id = given?.[index] ?? (await work.ids.take());
    if (index === 0 && (addresses.length > 1 || isOneOfSeveral)) {
      contentId = id;
      work.deliveries.addContent(id, addresses.length, json);
    }
    // What was accepted in a transaction of the application has them there.
    if (index === 0 && given === undefined) addAttachments(work.queries, id, attachments);
    const of = { contentId, notification: notification ?? contentId, recipient: recipients?.[index] };
    const arrival: Arrival = { ...planned, content, id, json, ...of, now, notBefore };
    const placed = isSuppressed(work, part, planned.address, now)
      ? await endUnsent(work, arrival, 'cancelled', 'suppressed')
      : await placeNext(work, part, arrival, tally);
    const answered = [id, planned.address, placed.message, ROUTE_NUMBER[placed.route]] as const;
    answer.push(isOneOfSeveral ? [...answered, channel] : answered);
    if (maxAddresses !== undefined) await keepToLimit(work, channel, maxAddresses, now, tally);
  }
  return answer;
}

function isSuppressed(work: Work, { content, isRequired = false }: PreparedPart, address: string, now: number): boolean {
  const { channel, priority } = content;
  const reasons = work.suppressed.reasonsOf({ channel, address }, now);
  return isStopped(reasons, { isCritical: priority === 'critical', isRequired });
}

async function placeNext(work: Work, part: PreparedPart, arrival: Arrival, tally: AcceptTally): Promise<Place> {
  if (part.sendsAhead === true) await sendAhead(work, arrival, tally);
  return place(work, arrival, tally);
}

/** Its key was used for other content, and nobody can be told any more: its deliveries end as dead. */
async function endInConflict(work: Work, prepared: Prepared, ids: readonly number[], now: number): Promise<AcceptResult> {
  const answer: AnsweredDelivery[] = [];
  for (const { content, addresses, route, json } of partsOf<PreparedPart>(prepared)) {
    for (const address of addresses) {
      const id = ids[answer.length] ?? (await work.ids.take());
      const arrival: Arrival = {
        content,
        address,
        recipient: undefined,
        route,
        id,
        json,
        contentId: null,
        notification: answer[0]?.[0] ?? null,
        now,
        notBefore: undefined,
        baseKey: undefined,
        rule: undefined,
        isHeld: false,
      };
      const failure = { reason: 'idempotency_conflict', message: 'the idempotencyKey was used for other content' } as const;
      const placed = await endAtOnce(work, arrival, failure);
      answer.push([id, address, placed.message, ROUTE_NUMBER[placed.route], content.channel]);
    }
  }
  return acceptedNotification(work, prepared.content.channel, answer, false);
}

/** Ids that were answered in a transaction lead to those of the first answer. */
function noteRepeat({ queries }: Work, prepared: Prepared, ids: readonly number[], earlier: Answer, now: number): void {
  dropAttachments(queries, ids);
  const { channel: only } = prepared.content;
  const answered = new Map(answeredBy(earlier).map(([id, address, , , channel = only]) => [`${channel} ${address}`, id]));
  const wanted = partsOf<PreparedPart>(prepared).flatMap(({ content: { channel }, addresses }) =>
    addresses.map((address) => answered.get(`${channel} ${address}`) ?? null),
  );
  queries.send(
    'INSERT INTO intake_repeat (delivery, earlier, at) SELECT d, e, $3::bigint FROM unnest($1::bigint[], $2::bigint[]) AS r (d, e) WHERE e IS NOT NULL',
    [ids, wanted, now],
  );
}
