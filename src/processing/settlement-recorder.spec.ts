import { expect, it } from '@jest/globals';
import { claimedMessage } from '../../test/support/claimed-message.js';
import { type Settlement } from '../model/message.js';
import { NotificationEvents } from '../model/notification-events.js';
import { type NotificationStore } from '../storage/notification-store.js';
import { ManualClock } from '../testing/manual-clock.js';
import { LEASE_MS } from './lease-keeper.js';
import { FIRST_REPEAT_MS, LAST_REPEAT_MS, SettlementRecorder } from './settlement-recorder.js';

const TOKEN = 'c-1';
const CLAIM = { token: TOKEN, leaseUntil: 0 };

function setUp(
  answer: () => Promise<unknown> = () => Promise.resolve({ stale: [] }),
  extended: () => Promise<unknown> = () => Promise.resolve({ lost: [] }),
) {
  const leases: number[] = [];
  const calls: (readonly string[] | 'sync')[] = [];
  const store = {
    settle: (settlements: readonly Settlement[]) => {
      calls.push(settlements.map(({ messageId, outcome }) => `${messageId} ${outcome}`));
      return answer();
    },
    extend: (_: readonly string[], until: number) => {
      leases.push(until);
      return extended();
    },
    sync: () => {
      calls.push('sync');
      return answer();
    },
  };
  const clock = new ManualClock();
  const events = new NotificationEvents();
  const recorder = new SettlementRecorder(store as unknown as NotificationStore, clock, events);
  const accepted = (count: number): void => {
    for (let i = 0; i < count; i++) recorder.recordAccepted(claimedMessage(), TOKEN);
  };
  return { recorder, clock, events, calls, leases, accepted };
}

it('records what was accepted by a hundred, or by a tenth of a second', () => {
  const { clock, calls, accepted } = setUp();
  accepted(210);
  expect(calls.map(({ length }) => length)).toEqual([100, 100]);
  clock.advance(100);
  accepted(1);
  expect(calls.at(-1)).toHaveLength(11);
});

it('leaves a lone one to its batch, however long nothing was recorded before', async () => {
  const { recorder, clock, calls } = setUp();
  clock.advance(60_000);
  const message = claimedMessage();
  recorder.recordAccepted(message, TOKEN);
  expect(calls).toEqual([]);
  await recorder.record([], clock.now(), CLAIM);
  expect(calls).toEqual([[`${message.messageId} delivered`]]);
});

it('records with a batch that ends what was accepted of the others', async () => {
  const { recorder, clock, calls } = setUp();
  const [first, second] = [claimedMessage(), claimedMessage()];
  recorder.recordAccepted(first, TOKEN);
  await recorder.record([{ messageId: 'm-1', token: TOKEN, outcome: 'released' }], clock.now(), CLAIM);
  recorder.recordAccepted(second, TOKEN);
  await recorder.record([], clock.now(), CLAIM);
  expect(calls).toEqual([['m-1 released', `${first.messageId} delivered`], [`${second.messageId} delivered`]]);
});

it('brings all that ended within fifty ms to the disk at once, and leaves no timer', async () => {
  const { recorder, clock, calls } = setUp();
  await recorder.record([], clock.now(), CLAIM);
  clock.advance(49);
  await recorder.record([], clock.now(), CLAIM);
  expect(calls).toEqual([[], []]);
  clock.advance(1);
  expect(calls).toEqual([[], [], 'sync']);
  await recorder.record([], clock.now(), CLAIM);
  recorder.stop();
  clock.advance(1_000);
  expect(calls).toEqual([[], [], 'sync', []]);
});

it('leaves what it could not record early to the end of its batch, and says when a batch could not be recorded', async () => {
  const broken = (): Promise<never> => Promise.reject(new Error('disk full'));
  const { recorder, clock, calls, accepted } = setUp(broken, broken);
  accepted(100);
  await new Promise((resolve) => setImmediate(resolve));
  expect(calls).toHaveLength(1);
  await expect(recorder.record([], clock.now(), CLAIM)).rejects.toThrow('disk full');
});

const ENDED: Settlement = { messageId: 'm-1', token: TOKEN, outcome: 'delivered' };

/** Answers of the store, in order; the last one for ever. */
function failing(times: number): () => Promise<unknown> {
  let left = times;
  return () => (left-- > 0 ? Promise.reject(new Error('disk full')) : Promise.resolve({ stale: [] }));
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}

it('G3 records a batch again, with pauses that double, while its lease lasts', async () => {
  const { recorder, clock, calls } = setUp(failing(3));
  const recorded = recorder.record([ENDED], clock.now(), { token: TOKEN, leaseUntil: clock.now() + LEASE_MS });
  const pauses: number[] = [];
  for (let since = clock.now(); calls.filter((call) => call !== 'sync').length < 4;) {
    await settled();
    const at = clock.nextTimerAt;
    if (at === undefined) break;
    pauses.push(at - since);
    since = at;
    clock.advance(at - clock.now());
    await settled();
  }
  expect(pauses).toEqual([FIRST_REPEAT_MS, FIRST_REPEAT_MS * 2, FIRST_REPEAT_MS * 4]);
  expect(calls).toEqual(Array.from({ length: 4 }, () => ['m-1 delivered']));
  expect(await recorded).toEqual({ stale: [] });
});

it('G3 extends the lease of what it cannot record yet, so that nobody sends it again', async () => {
  const { recorder, clock, leases } = setUp(failing(Infinity));
  const startedAt = clock.now();
  const recorded = recorder.record([ENDED], startedAt, { token: TOKEN, leaseUntil: startedAt + LEASE_MS });
  recorded.catch(() => undefined);
  while (clock.now() < startedAt + 3 * LEASE_MS) {
    await settled();
    clock.advance(LAST_REPEAT_MS);
  }
  await settled();
  // It is still at it, and its lease reaches beyond the next attempt.
  expect(leases.at(-1)).toBeGreaterThan(clock.now() + LAST_REPEAT_MS);
  recorder.giveUp();
  await expect(recorded).rejects.toThrow('disk full');
  expect(clock.pending).toBe(0);
});

it('gives up before the lease ends when it cannot be extended', async () => {
  const { recorder, clock, calls } = setUp(failing(Infinity), () => Promise.reject(new Error('no answer')));
  const startedAt = clock.now();
  const recorded = recorder.record([ENDED], startedAt, { token: TOKEN, leaseUntil: startedAt + 1_000 });
  recorded.catch(() => undefined);
  for (let i = 0; i < 20; i++) {
    await settled();
    clock.advance(100);
  }
  await expect(recorded).rejects.toThrow('disk full');
  expect(calls.length).toBeGreaterThan(2);
  const before = calls.length;
  clock.advance(LEASE_MS);
  await settled();
  expect(calls).toHaveLength(before);
});
