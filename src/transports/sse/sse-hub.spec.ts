import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { NotificationEvents } from '../../model/notification-events.js';
import { sequenceTopic } from '../../storage/sequence-topic.js';
import { MemoryCore } from '../../storage/memory/memory-core.js';
import { MemoryStore } from '../../storage/memory/memory-store.js';
import { type NotificationStore } from '../../storage/notification-store.js';
import { ManualClock } from '../../testing/manual-clock.js';
import { RecordedWire } from './recorded-wire.conformance.js';
import { POLL_MS, SSE_CHANNEL } from './sse-feed.js';
import { MAX_RESUMED, SseHub } from './sse-hub.js';

const TURNS = 50;
const FINISHED_MS = 60 * 60_000;

/** Instances on one store, each with its hub. */
class Instances {
  readonly clock = new ManualClock();
  readonly core = new MemoryCore({ maxPending: 100_000 });
  readonly failures: unknown[] = [];
  private readonly hubs: SseHub[] = [];
  private titles = 0;

  async start(): Promise<{ readonly store: NotificationStore; readonly hub: SseHub }> {
    const store = new MemoryStore(this.core);
    await store.open(this.clock.now());
    const events = new NotificationEvents();
    events.on('failed', ({ error }) => this.failures.push(error));
    const hub = new SseHub(store, this.clock, events, { retention: { finishedMs: FINISHED_MS, historyMs: 0 } }, (message) => ({
      batchId: message.messageId,
      type: message.type,
      reason: 'flush',
      count: message.entries.length,
      events: message.entries.map(({ deliveryId, content: { type, title, priority } }) => {
        return { id: deliveryId, type, title, priority, at: '' };
      }),
    }));
    this.hubs.push(hub);
    return { store, hub };
  }

  /** Delivers one message as an instance does; returns its title. */
  async deliver(store: NotificationStore, to: string, tell = true): Promise<string> {
    const now = this.clock.now();
    const title = `n${++this.titles}`;
    const content = { type: 'note', channel: SSE_CHANNEL, title, priority: 'normal' } as const;
    await store.accept([{ content, addresses: [to], route: 'individual' }], now);
    const { token, messages } = await store.claim({ channel: SSE_CHANNEL, lane: 'normal', limit: 1, now, leaseMs: 1_000 });
    const outcome = { outcome: 'delivered', sequenced: true, token } as const;
    await store.settle(
      messages.map(({ messageId }) => ({ ...outcome, messageId })),
      now,
    );
    if (tell) store.state.publish(sequenceTopic(SSE_CHANNEL), '');
    return title;
  }

  async settled(): Promise<void> {
    for (let turn = 0; turn < TURNS; turn++) await nextTurn();
  }

  stop(): void {
    for (const hub of this.hubs) void hub.close();
  }
}

describe('SseHub', () => {
  let all: Instances;
  beforeEach(() => {
    all = new Instances();
  });
  afterEach(() => all.stop());

  const open = async (hub: SseHub, addresses: readonly string[], lastEventId = '', batched = true): Promise<RecordedWire> => {
    const wire = new RecordedWire();
    await hub.connect(wire, { addresses, batched, lastEventId });
    return wire;
  };

  it('gives a reader its own, its topics’ and everybody’s messages in one order, and nothing else', async () => {
    const [a, b] = [await all.start(), await all.start()];
    const wire = await open(a.hub, ['ann', 'topic:x', '*']);
    const titles: string[] = [];
    for (const to of ['ann', '*', 'topic:x', 'bob', 'topic:y', '*', 'ann']) {
      const title = await all.deliver(to === '*' ? b.store : a.store, to);
      if (!['bob', 'topic:y'].includes(to)) titles.push(title);
    }
    await all.settled();
    expect(wire.titles()).toEqual(titles);
    const ids = wire.events.map(({ id }) => Number(id));
    expect(ids).toEqual(ids.toSorted((x, y) => x - y));
  });

  it('gives within seconds what no instance told of', async () => {
    const [a, b] = [await all.start(), await all.start()];
    const wire = await open(a.hub, ['ann']);
    const title = await all.deliver(b.store, 'ann', false);
    await all.settled();
    expect(wire.titles()).toEqual([]);
    all.clock.advance(POLL_MS);
    await all.settled();
    expect(wire.titles()).toEqual([title]);
  });

  it('reads the store once for many readers, and not at all for none', async () => {
    const [a, b] = [await all.start(), await all.start()];
    const wires = [];
    for (let i = 0; i < 2_000; i++) wires.push(await open(a.hub, ['*', `u${i}`]));
    let reads = 0;
    const { sequenced, deliveredMessages } = a.store;
    a.store.sequenced = (query) => (reads++, sequenced.call(a.store, query));
    a.store.deliveredMessages = (ids) => (reads++, deliveredMessages.call(a.store, ids));
    const title = await all.deliver(b.store, '*');
    await all.settled();
    expect(wires.every((wire) => wire.titles().join() === title)).toBe(true);
    expect(reads).toBeLessThanOrEqual(3);
    for (const wire of wires) wire.leave();
    reads = 0;
    await all.deliver(b.store, '*');
    all.clock.advance(2 * POLL_MS);
    await all.settled();
    expect(reads).toBe(0);
    expect(a.hub.connections).toBe(0);
  });

  it('a reader that comes and goes, at any instance, gets each message once and in order', async () => {
    const step = fc.oneof(
      fc.record({
        kind: fc.constant('deliver'),
        on: fc.nat(2),
        to: fc.constantFrom('ann', 'bob', '*', 'topic:x'),
        tell: fc.boolean(),
      }),
      fc.record({ kind: fc.constant('move'), on: fc.nat(2), wait: fc.boolean() }),
      fc.record({ kind: fc.constant('pass'), ms: fc.nat(POLL_MS) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.boolean(), async (steps, batched) => {
        const some = new Instances();
        const instances = [await some.start(), await some.start(), await some.start()] as const;
        const addresses = ['ann', 'topic:x', '*'];
        const at = (index: number) => instances[index] ?? instances[0];
        const wires: RecordedWire[] = [await open(at(0).hub, addresses, '', batched)];
        const position = (): string => {
          const ids = wires.flatMap(({ begun, events }) => [begun ?? '', ...events.map(({ id }) => id ?? '')]);
          return ids.findLast((id) => id !== '') ?? '';
        };
        const said: string[] = [];
        for (const one of steps) {
          if ('to' in one) {
            const title = await some.deliver(at(one.on).store, one.to, one.tell);
            if (one.to !== 'bob') said.push(title);
          } else if ('wait' in one) {
            if (one.wait) await some.settled();
            wires.at(-1)?.leave();
            wires.push(await open(at(one.on).hub, addresses, position(), batched));
          } else {
            some.clock.advance(one.ms);
          }
        }
        some.clock.advance(POLL_MS);
        await some.settled();
        expect(wires.flatMap((wire) => wire.titles())).toEqual(said);
        expect(some.failures).toEqual([]);
        some.stop();
      }),
      { numRuns: 40 },
    );
  });

  it('a reader that comes while a message is being delivered gets it once', async () => {
    const a = await all.start();
    for (let round = 0; round < 20; round++) {
      const before = await open(a.hub, ['ann']);
      const [title, wire] = await Promise.all([
        all.deliver(a.store, 'ann'),
        open(a.hub, ['ann'], before.begun),
        ...Array.from({ length: round }, () => nextTurn()),
      ]);
      await all.settled();
      expect(wire.titles()).toEqual([title]);
      before.leave();
      wire.leave();
    }
  });

  it('tells a reader that its place is unknown, or older than what is kept, and goes on from now', async () => {
    const a = await all.start();
    const early = (await open(a.hub, ['ann'])).begun ?? '';
    await all.deliver(a.store, 'ann');
    await all.settled();
    expect((await open(a.hub, ['ann'], early)).titles()).toHaveLength(1);
    const reasons = async (lastEventId: string): Promise<unknown[]> => {
      const wire = await open(a.hub, ['ann'], lastEventId);
      const title = await all.deliver(a.store, 'ann');
      await all.settled();
      expect(wire.titles().at(-1)).toBe(title);
      return wire.events.filter(({ name }) => name === 'resync').map(({ data }) => (data as { reason: string }).reason);
    };
    expect(await reasons('nonsense')).toEqual(['this Last-Event-ID is unknown']);
    expect(await reasons(String((all.clock.now() + 60_000) * 1_000))).toEqual(['this Last-Event-ID is unknown']);
    expect(await reasons('5')).toEqual(['this Last-Event-ID is older than what is kept']);
    expect(await reasons(early)).toEqual([]);
    all.clock.advance(10);
    await a.store.prune({ finishedBefore: all.clock.now(), keysBefore: 0, historyBefore: 0, limit: 1_000 });
    expect(await reasons(early)).toEqual(['this Last-Event-ID is older than what is kept']);
  });

  it('tells a reader that missed too much', async () => {
    const a = await all.start();
    const { begun } = await open(a.hub, ['ann']);
    for (let i = 0; i <= MAX_RESUMED; i++) await all.deliver(a.store, 'ann', false);
    const wire = await open(a.hub, ['ann'], begun);
    expect(wire.events).toMatchObject([{ name: 'resync', data: { reason: `more than ${MAX_RESUMED} messages were missed` } }]);
  });

  it('cuts the line of a reader for whom the store does not answer, and of one that comes while it stops', async () => {
    const a = await all.start();
    const { sequenced } = a.store;
    a.store.sequenced = () => Promise.reject(new Error('it does not answer'));
    const wire = await open(a.hub, ['ann']);
    expect([wire.begun, wire.ended, a.hub.connections]).toEqual([undefined, 'stop', 0]);
    a.store.sequenced = sequenced;
    const good = await open(a.hub, ['ann']);
    await a.hub.close();
    expect(good.ended).toBe('stop');
    expect((await open(a.hub, ['ann'])).ended).toBe('stop');
  });
});
