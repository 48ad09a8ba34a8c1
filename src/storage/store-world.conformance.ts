import { isDeepStrictEqual } from 'node:util';
import { expect } from '@jest/globals';
import { type DeliveryState, type DeliveryView, isFinal, TRANSITIONS } from '../model/delivery.js';
import { NotificationError } from '../model/errors.js';
import { type ClaimedMessage, LANES } from '../model/message.js';
import { PRIORITIES } from '../model/notification.js';
import { type ClaimHolds } from './notification-store.js';
import { type StoreUnderTest, T0 } from './store-bench.conformance.js';
import { CHANNELS, comparable, type HeldMessage, listen, type Side, switchHandle, view } from './store-side.conformance.js';

const LEASE_MS = 7_000;
/** So many cannot get further ahead of the clock than a priority counts for. */
const FEW = 50;
/** Makes a store, with a second handle on it where it is shared. */
export type OpenModelled = () => Promise<StoreUnderTest & { readonly other?: StoreUnderTest }>;
/** Something that is done to every side alike; what it answers is compared. */
export type Step = (side: Side, world: StoreWorld) => Promise<unknown>;

/**
 * Stores that are driven by one schedule, and the contract: every delivery in one state and one message, states go only where they
 * may, counts add up, windows are within their limits. With a second store, everything that can be seen of both is equal.
 */
export class StoreWorld {
  now = T0;
  /** The latest time that any call saw. */
  newest = T0;
  /** Whether the clock was ever set back: then the order of what is ready says little. */
  steppedBack = false;
  /** What was seen last of each delivery of the first store. */
  private readonly seen = new Map<string, DeliveryView>();

  private constructor(private readonly sides: readonly Side[]) {}

  static async open(opens: readonly OpenModelled[]): Promise<StoreWorld> {
    const tested = await Promise.all(opens.map((open) => open()));
    const sides = tested.map((underTest): Side => ({
      store: underTest.store,
      underTest,
      ...(underTest.other === undefined ? {} : { other: underTest.other }),
      listening: new Map(),
      seen: new Map(),
      deliveries: [],
      held: [],
      lost: [],
      ended: [],
      frozen: new Map<string, readonly string[]>(),
      claimed: new Set<string>(),
    }));
    for (const side of sides) {
      listen(side);
      if (side.other === undefined) continue;
      switchHandle(side);
      listen(side);
    }
    return new StoreWorld(sides);
  }

  /** Moves the clock; back too, as when the machine's is set. */
  pass(ms: number): void {
    this.now += ms;
    this.steppedBack ||= ms < 0;
    this.newest = Math.max(this.newest, this.now);
  }

  /** Does a step, then whatever is due; checks everything. */
  async do(step: Step): Promise<void> {
    await this.each(step);
    await this.each(advance);
    await this.each(view);
    await this.each(ended);
    // What can be seen of the others is the same.
    const [first] = this.sides;
    if (first !== undefined) await this.checkContract(first);
  }

  /** Nothing is lost: when time goes on and everything is sent, every delivery has come to an end. */
  async drain(): Promise<void> {
    for (let rounds = 0; ; rounds++) {
      expect(rounds).toBeLessThan(2_000);
      await this.do(async (side) => {
        const claimed = await claimAll(side, this);
        side.held = [];
        await side.store.settle(
          claimed.map(({ messageId, token }) => ({ messageId, token, outcome: 'delivered' })),
          this.now,
        );
        return claimed;
      });
      // The first store says when: its times may be idle ones, which the other does not have.
      const [first] = this.sides;
      const nextAt = await first?.store.nextDueAt();
      if (nextAt === undefined && (await first?.store.readiness())?.length === 0) break;
      if (nextAt === undefined) continue;
      for (const { store } of this.sides.slice(1)) expect((await store.nextDueAt()) ?? Infinity).toBeGreaterThanOrEqual(nextAt);
      this.pass(Math.max(0, nextAt - this.now));
    }
    for (const { store } of this.sides) {
      expect(await store.snapshot()).toMatchObject({ pending: 0, windows: { open: 0 }, messages: { queued: 0, sending: 0 } });
      expect(await store.readiness()).toEqual([]);
    }
  }

  async discard(): Promise<void> {
    for (const { underTest, other } of this.sides) {
      await other?.discard();
      await underTest.discard();
    }
  }

  /** The same on every side, with the same answer. */
  private async each(step: Step): Promise<void> {
    const answers: unknown[] = [];
    for (const side of this.sides) answers.push(await step(side, this).catch(refusal));
    const named = answers.length > 1 ? answers.map((answer, index) => comparable(this.sides[index]!, answer)) : [];
    const [first, ...others] = named;
    for (const other of others) if (!isDeepStrictEqual(other, first)) expect(other).toEqual(first);
  }

  private async checkContract(side: Side): Promise<void> {
    const { store } = side;
    const views = await Promise.all(side.deliveries.map((id) => store.find(id)));
    const deliveries = views.filter((found) => found !== undefined);
    this.checkTransitions(deliveries);
    for (const delivery of deliveries) this.seen.set(delivery.id, delivery);
    // What was erased had ended before, and is counted still.
    const erased = side.deliveries.flatMap((id, at) => (views[at] === undefined ? [this.seen.get(id)] : []));
    for (const last of erased) expect(last !== undefined && isFinal(last.state)).toBe(true);
    const all = side.deliveries.flatMap((id) => this.seen.get(id) ?? []);
    const { counts, pending, windows } = await store.snapshot();
    const expected = Map.groupBy(all, ({ channel, type, route, state }) => [channel, type, route, state].join());
    const counted = new Map(
      counts.map(({ channel, type, route, state, count }) => [[channel, type, route, state].join(), count]),
    );
    expect(counted).toEqual(new Map([...expected].map(([key, { length }]) => [key, length])));
    expect(pending).toBe(deliveries.filter(({ state }) => ['gathering', 'queued', 'sending'].includes(state)).length);
    const gathering = Map.groupBy(
      deliveries.filter(({ state }) => state === 'gathering'),
      ({ messageId }) => messageId,
    );
    const { items } = await store.windows({ limit: 200 });
    expect([windows.open, windows.items]).toEqual([items.length, items.reduce((sum, { count }) => sum + count, 0)]);
    const wrong = items.filter(({ messageId, count, maxCount, dueAt, priority }) => {
      const entries = gathering.get(messageId) ?? [];
      gathering.delete(messageId);
      const ranks = entries.map((entry) => PRIORITIES.indexOf(entry.priority));
      const rank = Math.min(PRIORITIES.length - 1, ...ranks);
      return count !== entries.length || count >= maxCount || Date.parse(dueAt) <= this.now || priority !== PRIORITIES[rank];
    });
    expect({ wrong, inNoWindow: [...gathering.keys()] }).toEqual({ wrong: [], inNoWindow: [] });
    const sending = new Set(deliveries.filter(({ state }) => state === 'sending').map(({ messageId }) => messageId));
    expect(new Set(side.held.map(({ messageId }) => messageId))).toEqual(sending);
  }

  private checkTransitions(deliveries: readonly DeliveryView[]): void {
    for (const { id, state } of deliveries) {
      const before = this.seen.get(id)?.state;
      if (before !== undefined && !mayBecome(before, state)) throw new Error(`${id} went from ${before} to ${state}`);
    }
  }
}

/** Claims, and checks that what is claimed may be sent. */
export async function claim(
  side: Side,
  world: StoreWorld,
  channel: string,
  lane: (typeof LANES)[number],
  limit: number,
  holds?: ClaimHolds,
) {
  const { now } = world;
  const { token, messages } = await side.store.claim({ channel, lane, limit, now, leaseMs: LEASE_MS, ...(holds && { holds }) });
  expect(messages.length).toBeLessThanOrEqual(limit);
  const held = new Set(side.held.map(({ messageId }) => messageId));
  if (!world.steppedBack && side.deliveries.length < FEW)
    expectUrgentFirst(messages.filter(({ messageId }) => !side.claimed.has(messageId)));
  for (const message of messages) {
    const { messageId, entries, attempt } = message;
    expect(held.has(messageId)).toBe(false);
    expect(entries.length).toBeGreaterThan(0);
    expect(message.lane).toBe(lane);
    const wrong = entries.filter(
      ({ content }) =>
        content.channel !== channel ||
        (content.expiresAt ?? Infinity) <= now ||
        (content.sendAt ?? 0) > world.newest ||
        (lane === 'normal' && content.priority === 'critical'),
    );
    expect(wrong).toEqual([]);
    const ids = entries.map(({ deliveryId }) => deliveryId);
    const first = side.frozen.get(messageId);
    if (attempt > 1 && first !== undefined) {
      // An attempt repeats the one before, but for what expired meanwhile.
      expect(first.filter((id) => ids.includes(id))).toEqual(ids);
      for (const id of first) if (!ids.includes(id)) expect((await side.store.find(id))?.state).toBe('expired');
    }
    side.frozen.set(messageId, ids);
    side.claimed.add(messageId);
    held.add(messageId);
  }
  side.held.push(...messages.map((message) => ({ ...message, token })));
  return messages;
}

/** Of what became due at one time for one address, the more urgent goes first. */
function expectUrgentFirst(messages: readonly ClaimedMessage[]): void {
  for (const group of Map.groupBy(messages, ({ address, type, queuedAt }) => [address, type, queuedAt].join()).values()) {
    // What gathered stands where the most urgent one that it ever held put it.
    const ranks = group
      .filter(({ entries }) => entries[0]?.route === 'individual')
      .map(({ priority }) => PRIORITIES.indexOf(priority));
    expect(ranks).toEqual(ranks.toSorted());
  }
}

async function claimAll(side: Side, world: StoreWorld): Promise<readonly HeldMessage[]> {
  for (const channel of CHANNELS) for (const lane of LANES) await claim(side, world, channel, lane, 1_000);
  return side.held;
}

/** What ended in this step, in the order of acceptance: a delivery that ended twice was replayed between. */
function ended(side: Side): Promise<unknown> {
  const told = side.ended.splice(0);
  return Promise.resolve(told.toSorted((a, b) => side.deliveries.indexOf(a.id) - side.deliveries.indexOf(b.id) || a.at - b.at));
}

async function advance({ store }: Side, { now }: StoreWorld): Promise<unknown> {
  const closed: unknown[] = [];
  let expired = 0;
  for (let more = true; more;) {
    const report = await store.advance(now, 3);
    closed.push(...report.closed);
    expired += report.expired;
    ({ more } = report);
  }
  return { closed, expired };
}

function refusal(error: unknown): unknown {
  // What a check found is no answer of the store's.
  if (!(error instanceof NotificationError)) throw error;
  return { refused: error.message };
}

/** Whether a delivery may go from one state to the other in one step, perhaps through others. */
function mayBecome(from: DeliveryState, to: DeliveryState): boolean {
  const reached = new Set<DeliveryState>([from]);
  for (const state of reached) for (const next of TRANSITIONS[state]) reached.add(next);
  return reached.has(to);
}
