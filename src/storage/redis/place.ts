import { type Route } from '../../model/delivery.js';
import { isFull, readyAtOf } from '../../model/decisions/arrival-plan.js';
import { decideArrival } from '../../model/decisions/arrival.js';
import { allowanceKey, likeWindowKey } from '../../model/decisions/window-key.js';
import { closeBy } from '../../model/decisions/window-times.js';
import { type FailureReason } from '../../model/failure.js';
import { type WindowPolicy, type WindowTimes } from '../../model/window.js';
import { type AcceptTally } from '../notification-store.js';
import { PRIORITY_NUMBER } from '../persisted.js';
import { type Arrival } from './arrival.js';
import { closeWindow } from './close.js';
import { gatherQueued } from './gather-queued.js';
import { hashOf } from './keys.js';
import { likeGroup } from './like-groups.js';
import { newMessage } from './new-message.js';
import { type Delivery, type LikeGroup, type Message, type OpenWindow } from './message.js';
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
  readonly like: LikeGroup | undefined;
}

/** Puts a delivery where `decideArrival` says. */
export async function place(work: Work, arrival: Arrival, tally: AcceptTally): Promise<Place> {
  const { content, now, notBefore, rule, cancelled } = arrival;
  if (cancelled !== undefined) return endUnsent(work, arrival, 'cancelled', cancelled);
  const group = rule && (await groupOf(work, arrival, rule.policy));
  const found = group && work.window(group.key);
  const isDue = found !== undefined && found.times.dueAt <= now;
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
      const first = decision.allowance.sent === 1 ? undefined : allowance;
      const like = first === undefined ? group?.like : first.like;
      work.allowances.set(group?.allowanceKey ?? '', {
        ...decision.allowance,
        opener: first?.opener ?? arrival.id,
        ...(like === undefined ? {} : { like }),
      });
      work.likeness.touch(like);
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
  const { content, address, baseKey = '', id } = arrival;
  const named = (name: string): Pick<Group, 'key' | 'allowanceKey'> => ({
    key: hashOf(name),
    allowanceKey: hashOf(allowanceKey(name, content.channel, address, policy)),
  });
  if (policy.similarity === undefined) return { ...named(baseKey), like: undefined };
  const groups = await work.likeness.of(baseKey);
  const name = likeWindowKey(baseKey, content, policy, groups, id);
  const group = named(name);
  await Promise.all([work.loadWindows([group.key]), work.allowances.load([group.allowanceKey])]);
  return { ...group, like: likeGroup(baseKey, name, id, content, policy) };
}

/** A message of one, due at once or at its `sendAt`. */
async function send(work: Work, arrival: Arrival, policy?: WindowPolicy): Promise<Place> {
  const { now, route } = arrival;
  const { message, delivery } = await addAlone(work, arrival, policy);
  work.enter(message, delivery);
  work.watch(delivery);
  work.queue(message, readyAtOf(arrival.content, now), now);
  return { message: message.id, route };
}

type Unsent = 'cancelled' | 'expired';

/** A message of one that ends unsent where it begins. */
export async function endUnsent(work: Work, arrival: Arrival, state: Unsent, reason: FailureReason): Promise<Place> {
  const { now: at, route } = arrival;
  const { message, delivery } = await addAlone(work, arrival);
  delivery.ended = { state, reason, at };
  message.gone[state] = 1;
  message.state = 'ended';
  message.endedAt = at;
  work.countLone(message, delivery);
  work.noteEnded(message, delivery, state, at, reason);
  return { message: message.id, route };
}

/** The same, in no queue yet, and not counted. */
async function addAlone(
  work: Work,
  arrival: Arrival,
  policy?: WindowPolicy,
): Promise<{ readonly message: Message; readonly delivery: Delivery }> {
  const { content, address, route, now } = arrival;
  const { channel, type, priority, expiresAt } = content;
  const message = await work.messages.add({
    ...(await newMessage(work, channel, address, type, route, now)),
    rank: PRIORITY_NUMBER[priority],
    queuedAt: readyAtOf(content, now),
    ...(policy === undefined ? {} : { policy }),
    ...(expiresAt === undefined ? {} : { sendBy: closeBy(now, expiresAt) }),
  });
  return { message, delivery: addDelivery(work, arrival, message) };
}

async function openWindow(
  work: Work,
  arrival: Arrival,
  group: Group | undefined,
  policy: WindowPolicy,
  times: WindowTimes,
): Promise<OpenWindow> {
  const { content, address, now, notBefore } = arrival;
  const { channel, type, groupKey } = content;
  const key = group?.key ?? '';
  const window: OpenWindow = {
    ...(await newMessage(work, channel, address, type, 'aggregate', now)),
    state: 'gathering',
    key,
    policy,
    times,
    opener: work.context.instance,
    ...(groupKey === undefined ? {} : { groupKey }),
    ...(notBefore === undefined ? {} : { notBefore }),
    ...(group?.like === undefined ? {} : { like: group.like }),
  };
  await work.messages.add(window);
  work.opened(window);
  work.likeness.touch(group?.like);
  return window;
}

async function join(work: Work, window: OpenWindow, arrival: Arrival, tally: AcceptTally): Promise<Place> {
  const { now, isHeld } = arrival;
  const delivery = addDelivery(work, arrival, window);
  work.watch(delivery);
  await joinWindow(work, window, delivery, now, arrival.restartsUntil?.(window.openedAt));
  if (isFull(window, isHeld, now)) tally.closed.push(await closeWindow(work, window, 'count', now));
  return { message: window.id, route: 'aggregate' };
}

function addDelivery(work: Work, arrival: Arrival, message: Message): Delivery {
  const { content, id, firstId, sharedBy, recipient, now } = arrival;
  const delivery: Delivery = {
    ...{ id, message: message.id, firstId, content, acceptedAt: now, sharedBy },
    ...(recipient === undefined ? {} : { recipient }),
  };
  work.deliveries.add(delivery);
  work.deliveries.append(message, delivery);
  message.lastId = id;
  message.lastAt = now;
  if (content.expiresAt !== undefined) message.expires = true;
  return delivery;
}
