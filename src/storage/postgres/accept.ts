import { type AcceptedDelivery, type AcceptedNotification } from '../../model/delivery.js';
import { arrivalAt } from '../../model/decisions/arrival-plan.js';
import { windowKey } from '../../model/decisions/window-key.js';
import { fingerprintText } from '../../model/fingerprint.js';
import { NOTIFICATION_LIMITS } from '../../model/notification.js';
import { pendingLimit } from '../../model/queue-limit.js';
import { isStopped } from '../../model/suppression.js';
import { type Acceptance, type AcceptReport, type AcceptResult, type AcceptTally } from '../notification-store.js';
import { ROUTE_NUMBER, routeAt } from '../persisted.js';
import { type Answer } from './answers.js';
import { addAttachments, dropAttachments } from './attachments.js';
import { type Context } from './context.js';
import { hashOf } from './hash.js';
import { keepToLimit, sendAhead } from './early-closes.js';
import { type Arrival, endAtOnce, endUnsent, type Place, place } from './place.js';
import { allowanceKeyOf, type Gathering, gatheringOf, type PreparedArrival } from './prepared-arrival.js';
import { type Work } from './work.js';

/** One notification as it was said: nothing of it changes with the caller's object. */
export interface Prepared extends Acceptance {
  readonly json: string;
  readonly notBefore: number | undefined;
  /** By address: how it goes, and the group that it gathers in. */
  readonly arrivals: readonly PreparedArrival[];
  readonly idempotency: { readonly key: string; readonly hash: string; readonly fingerprint: string } | undefined;
  /** Of its deliveries, when it was accepted in a transaction of the application: then it can no longer be refused. */
  readonly ids?: readonly number[];
}

/** One call of a caller. */
export interface AcceptCall {
  readonly prepared: readonly Prepared[];
  readonly now: number;
}

/** @throws TypeError for content that is no JSON */
export function prepare(acceptance: Acceptance, now: number): Prepared {
  const json = JSON.stringify(acceptance.content);
  const content = JSON.parse(json) as Acceptance['content'];
  const { addresses, said = content } = acceptance;
  const { idempotencyKey, sendAt } = content;
  const notBefore = sendAt !== undefined && sendAt > now ? sendAt : undefined;
  return {
    ...acceptance,
    content,
    addresses: [...addresses],
    json,
    notBefore,
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
  for (const one of all.flatMap(gatheringOf)) {
    if (one.policy.similarity === undefined) plain.push(one);
    else bases.push(hashOf(one.baseKey));
  }
  await work.likeness.lock(bases);
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
      all.flatMap(({ content: { channel }, addresses }) => addresses.map((address) => ({ channel, address }))),
    ),
    work.ids.reserve(all.reduce((sum, { addresses }) => sum + 2 * addresses.length, 0)),
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
  const { content, addresses, arrivals, json, notBefore, idempotency } = prepared;
  const earlier = idempotency && work.answers.get(idempotency.hash);
  if (idempotency !== undefined && earlier !== undefined && earlier.at > now - NOTIFICATION_LIMITS.idempotencyMs) {
    if (earlier.fingerprint !== idempotency.fingerprint) {
      if (prepared.ids !== undefined) return endInConflict(work, prepared, prepared.ids, now);
      return { refused: { reason: 'idempotency_conflict', idempotencyKey: idempotency.key } };
    }
    if (prepared.ids !== undefined) noteRepeat(work, prepared, prepared.ids, earlier, now);
    return firstAnswer(work.context, content.channel, earlier);
  }
  const { maxPending } = work.context;
  const pending = pendingBefore + work.counts.pending;
  if (prepared.ids === undefined && pending + addresses.length > pendingLimit(maxPending, content.priority)) {
    return { refused: { reason: 'queue_full', pending, maxPending } };
  }
  const answer: AnsweredDelivery[] = [];
  let contentId: number | null = null;
  for (const [index, planned] of arrivals.entries()) {
    const id = prepared.ids?.[index] ?? (await work.ids.take());
    if (index === 0 && addresses.length > 1) {
      contentId = id;
      work.deliveries.addContent(id, addresses.length, json);
    }
    // What was accepted in a transaction of the application has them there.
    if (index === 0 && prepared.ids === undefined) addAttachments(work.queries, id, prepared.attachments ?? []);
    const arrival: Arrival = { ...planned, content, id, json, contentId, now, notBefore };
    const placed = isSuppressed(work, prepared, planned.address, now)
      ? await endUnsent(work, arrival, 'cancelled', 'suppressed')
      : await placeNext(work, prepared, arrival, tally);
    answer.push([id, planned.address, placed.message, ROUTE_NUMBER[placed.route]]);
    if (prepared.maxAddresses !== undefined) {
      await keepToLimit(work, content.channel, prepared.maxAddresses, now, tally);
    }
  }
  if (idempotency !== undefined) {
    const { hash, fingerprint } = idempotency;
    work.answers.set({ hash, fingerprint, at: now, answer: JSON.stringify(answer) });
  }
  return acceptedNotification(work, content.channel, answer, false);
}

function isSuppressed(work: Work, { content, isRequired = false }: Prepared, address: string, now: number): boolean {
  const { channel, priority } = content;
  const reasons = work.suppressed.reasonsOf({ channel, address }, now);
  return isStopped(reasons, { isCritical: priority === 'critical', isRequired });
}

async function placeNext(work: Work, prepared: Prepared, arrival: Arrival, tally: AcceptTally): Promise<Place> {
  if (prepared.sendsAhead === true) await sendAhead(work, arrival, tally);
  return place(work, arrival, tally);
}

/** Its key was used for other content, and nobody can be told any more: its deliveries end as dead. */
async function endInConflict(work: Work, prepared: Prepared, ids: readonly number[], now: number): Promise<AcceptResult> {
  const { content, addresses, route, json } = prepared;
  const answer: AnsweredDelivery[] = [];
  for (const [index, address] of addresses.entries()) {
    const id = ids[index] ?? (await work.ids.take());
    const arrival: Arrival = {
      content,
      address,
      route,
      id,
      json,
      contentId: null,
      now,
      notBefore: undefined,
      baseKey: undefined,
      rule: undefined,
      isHeld: false,
    };
    const failure = { reason: 'idempotency_conflict', message: 'the idempotencyKey was used for other content' } as const;
    const placed = await endAtOnce(work, arrival, failure);
    answer.push([id, address, placed.message, ROUTE_NUMBER[placed.route]]);
  }
  return acceptedNotification(work, content.channel, answer, false);
}

/** Ids that were answered in a transaction lead to those of the first answer. */
function noteRepeat({ queries }: Work, { addresses }: Prepared, ids: readonly number[], earlier: Answer, now: number): void {
  dropAttachments(queries, ids.slice(0, 1));
  const byAddress = new Map(answeredBy(earlier).map(([id, address]) => [address, id]));
  queries.send(
    'INSERT INTO intake_repeat (delivery, earlier, at) SELECT d, e, $3::bigint FROM unnest($1::bigint[], $2::bigint[]) AS r (d, e) WHERE e IS NOT NULL',
    [ids, addresses.map((address) => byAddress.get(address) ?? null), now],
  );
}

/** A delivery of a first answer, as it is stored with the key. */
export type AnsweredDelivery = readonly [id: number, address: string, message: number, route: number];

/** What a key was answered first, said again. */
export function firstAnswer(context: Context, channel: string, answer: Answer): AcceptedNotification {
  return acceptedNotification({ context }, channel, answeredBy(answer), true);
}

function answeredBy({ answer }: Answer): readonly AnsweredDelivery[] {
  return JSON.parse(answer) as readonly AnsweredDelivery[];
}

/** The same word for word whenever it is given, wherever its deliveries are then. */
function acceptedNotification(
  { context }: Pick<Work, 'context'>,
  channel: string,
  answer: readonly AnsweredDelivery[],
  duplicate: boolean,
): AcceptedNotification {
  return {
    notificationId: context.publicId('n', answer[0]?.[0] ?? 0),
    deliveries: answer.map(([id, to, message, route]): AcceptedDelivery => {
      return {
        id: context.publicId('d', id),
        to,
        channel,
        route: routeAt(route),
        messageId: context.publicId('m', message),
        duplicate,
      };
    }),
  };
}
