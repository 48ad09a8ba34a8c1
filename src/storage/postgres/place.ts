import { type DeliveryError, type Route } from '../../model/delivery.js';
import { isFull, readyAtOf } from '../../model/decisions/arrival-plan.js';
import { type Failure, type FailureReason } from '../../model/failure.js';
import { decideArrival } from '../../model/decisions/arrival.js';
import { allowanceKey, likeWindowKey } from '../../model/decisions/window-key.js';
import { closeBy } from '../../model/decisions/window-times.js';
import { type WindowPolicy, type WindowTimes } from '../../model/window.js';
import { type AcceptTally } from '../notification-store.js';
import { LEAST_URGENT, PRIORITY_NUMBER, ROUTE_NUMBER, STATE_NUMBER } from '../persisted.js';
import { addDelivery, type Arrival } from './arrival.js';
import { closeWindow } from './close.js';
import { gatherQueued } from './gather-queued.js';
import { hashOf } from './hash.js';
import { likeGroup } from './like-groups.js';
import { type LikeGroup, type Message, MESSAGE_STATE, type OpenWindow } from './rows.js';
import { joinWindow } from './window-entries.js';
import { type Work } from './work.js';

/** Where it went. */
export interface Place {
  readonly message: number;
  readonly route: Route;
}

interface Group {
  readonly key: string;
  readonly allowanceKey: string;
  readonly like: (LikeGroup & { readonly similarity: number }) | undefined;
}

/** Puts a delivery where `decideArrival` says. The rows that this needs are locked: see `lockGroups`. */
export async function place(work: Work, arrival: Arrival, tally: AcceptTally): Promise<Place> {
  const { content, now, notBefore, rule, cancelled } = arrival;
  if (cancelled !== undefined) return endUnsent(work, arrival, 'cancelled', cancelled);
  const group = rule && (await groupOf(work, arrival, rule.policy));
  const found = group && work.windows.get(group.key);
  const isDue = found !== undefined && found.dueAt <= now;
  // Exactly at its time, however late the loop is.
  if (isDue) tally.closed.push(await closeWindow(work, found, 'time', now));
  const window = isDue ? undefined : found;
  const allowance = group && work.allowances.get(group.allowanceKey);
  const facts = { now, notBefore, expiresAt: content.expiresAt };
  const decision = decideArrival(rule, { window, allowance }, facts);
  switch (decision.action) {
    case 'expire':
      tally.expired++;
      return endUnsent(work, arrival, 'expired', 'expired');
    case 'send':
      return send(work, arrival, arrival.direct);
    case 'lead': {
      const like = group?.like;
      const opener = decision.allowance.sent === 1 ? undefined : allowance;
      work.allowances.set({
        ...decision.allowance,
        key: group?.allowanceKey ?? '',
        opener: opener?.opener ?? arrival.id,
        ...(opener?.like === undefined ? like && { like } : { like: opener.like }),
      });
      work.similarityGroups.forget(like);
      return send(work, arrival, decision.policy);
    }
    case 'open': {
      const opened = await openWindow(work, arrival, group, decision.policy, decision.times);
      if (decision.gathersQueued) await gatherQueued(work, opened, now);
      return join(work, opened, arrival, tally);
    }
    case 'join':
      return join(work, decision.window, arrival, tally);
  }
}

async function groupOf(work: Work, arrival: Arrival, policy: WindowPolicy): Promise<Group> {
  const { content, address, baseKey = '' } = arrival;
  if (policy.similarity === undefined) {
    const key = hashOf(baseKey);
    return { key, allowanceKey: hashOf(allowanceKey(baseKey, content.channel, address, policy)), like: undefined };
  }
  await work.writeRows();
  const groups = await work.similarityGroups.of(baseKey, hashOf(baseKey));
  const name = likeWindowKey(baseKey, content, policy, groups, arrival.id);
  const group = { key: hashOf(name), allowanceKey: hashOf(allowanceKey(name, content.channel, address, policy)) };
  await work.windows.lockKeys([group.key]);
  await work.allowances.lock([group.allowanceKey]);
  return { ...group, like: likeGroup(baseKey, name, content, policy) };
}

/** A message of one, due at once or at its `sendAt`. */
async function send(work: Work, arrival: Arrival, policy?: WindowPolicy): Promise<Place> {
  const { now } = arrival;
  const message = await addAlone(work, arrival, 0, policy);
  work.counts.add(message.channel, message.type, message.route, 'queued', 1);
  work.enqueue(message, readyAtOf(arrival.content, now), now);
  return { message: message.id, route: arrival.route };
}

type Unsent = 'cancelled' | 'expired';

/** A message of one that ends unsent where it begins. */
export async function endUnsent(work: Work, arrival: Arrival, state: Unsent, reason: FailureReason): Promise<Place> {
  const message = await addAlone(work, arrival, STATE_NUMBER[state], undefined, reason === state ? null : reason);
  message.state = MESSAGE_STATE.ended;
  message.count = 0;
  message.types.clear();
  work.counts.add(message.channel, message.type, message.route, state, 1);
  work.noteEnded(message, arrival, { state, reason, at: arrival.now });
  return { message: message.id, route: arrival.route };
}

/** A message of one that is dead where it begins. */
export async function endAtOnce(work: Work, arrival: Arrival, { reason, message: why }: Failure): Promise<Place> {
  const message = await addAlone(work, arrival, 0);
  const { channel, type, route } = message;
  message.state = MESSAGE_STATE.dead;
  message.errors = JSON.stringify([{ reason, message: why, at: new Date(arrival.now).toISOString() } satisfies DeliveryError]);
  work.dead.add(message.id, reason);
  work.counts.add(channel, type, route, 'dead', 1);
  work.noteEnded(message, arrival, { state: 'dead', reason, at: arrival.now });
  return { message: message.id, route: arrival.route };
}

async function addAlone(
  work: Work,
  arrival: Arrival,
  state: number,
  policy?: WindowPolicy,
  reason: FailureReason | null = null,
): Promise<Message> {
  const { content, address, route, id, now } = arrival;
  const { channel, type, priority, expiresAt } = content;
  const readyAt = readyAtOf(content, now);
  const message: Message = {
    id: await work.ids.take(),
    state: MESSAGE_STATE.queued,
    route: ROUTE_NUMBER[route],
    rank: PRIORITY_NUMBER[priority],
    attempts: 0,
    count: 1,
    policy: policy === undefined ? null : work.context.policies.numberOf(policy),
    replay: null,
    first: id,
    last: id,
    openedAt: now,
    updatedAt: now,
    queuedAt: readyAt,
    readyAt,
    expiresAt: expiresAt ?? null,
    sendBy: expiresAt === undefined ? null : closeBy(now, expiresAt),
    dueAt: null,
    closedAt: null,
    closedBy: null,
    sequence: null,
    channel,
    address,
    type,
    types: new Map([[type, 1]]),
    errors: null,
    answer: null,
    progress: null,
  };
  work.messages.add(message);
  addDelivery(work, arrival, message.id, state, reason);
  return message;
}

async function openWindow(
  work: Work,
  arrival: Arrival,
  group: Group | undefined,
  policy: WindowPolicy,
  times: WindowTimes,
): Promise<OpenWindow> {
  const { content, address, id, now, notBefore } = arrival;
  const { channel, type, groupKey } = content;
  const window: OpenWindow = {
    id: await work.ids.take(),
    key: group?.key ?? '',
    channel,
    address,
    type,
    ...(groupKey === undefined ? {} : { groupKey }),
    opener: work.context.instance,
    policy,
    ...times,
    lookAt: times.dueAt,
    ...(notBefore === undefined ? {} : { notBefore }),
    count: 0,
    types: new Map(),
    rank: LEAST_URGENT,
    rankStale: false,
    first: id,
    last: id,
    lastAt: now,
    ...(group?.like === undefined ? {} : { like: group.like }),
  };
  work.windows.add(window);
  work.similarityGroups.forget(window.like);
  work.counts.openWindows++;
  return window;
}

async function join(work: Work, window: OpenWindow, arrival: Arrival, tally: AcceptTally): Promise<Place> {
  const { content, now, isHeld } = arrival;
  const { dedupeKey } = content;
  const older = dedupeKey === undefined ? undefined : await work.dedupe.find(window, dedupeKey);
  const delivery = addDelivery(work, arrival, window.id, 0);
  joinWindow(work, window, delivery, content.type, older, now, arrival.restartsUntil?.(window.openedAt));
  if (isFull(window, isHeld, now)) tally.closed.push(await closeWindow(work, window, 'count', now));
  return { message: window.id, route: 'aggregate' };
}
