import { expect, it } from '@jest/globals';
import { claimedMessage } from '../../test/support/claimed-message.js';
import { type Settlement } from '../model/message.js';
import { NotificationEvents } from '../model/notification-events.js';
import { type NotificationStore } from '../storage/notification-store.js';
import { ManualClock } from '../testing/manual-clock.js';
import { SettlementRecorder } from './settlement-recorder.js';

const TOKEN = 'c-1';

function setUp(answer: () => Promise<unknown> = () => Promise.resolve([])) {
  const calls: (readonly string[] | 'sync')[] = [];
  const store = {
    settle: (settlements: readonly Settlement[]) => {
      calls.push(settlements.map(({ messageId, outcome }) => `${messageId} ${outcome}`));
      return answer();
    },
    sync: () => {
      calls.push('sync');
      return answer();
    },
  };
  const clock = new ManualClock();
  const events = new NotificationEvents();
  const recorder = new SettlementRecorder(store as unknown as NotificationStore, clock, events);
  const taken = (count: number): void => {
    for (let i = 0; i < count; i++) recorder.early(claimedMessage(), TOKEN);
  };
  return { recorder, clock, events, calls, taken };
}

it('records what was taken by a hundred, or by a tenth of a second', () => {
  const { clock, calls, taken } = setUp();
  taken(210);
  expect(calls.map(({ length }) => length)).toEqual([100, 100]);
  clock.advance(100);
  taken(1);
  expect(calls.at(-1)).toHaveLength(11);
});

it('leaves a lone one to its batch, however long nothing was recorded before', async () => {
  const { recorder, clock, calls } = setUp();
  clock.advance(60_000);
  const message = claimedMessage();
  recorder.early(message, TOKEN);
  expect(calls).toEqual([]);
  await recorder.record([], clock.now());
  expect(calls).toEqual([[`${message.messageId} delivered`]]);
});

it('records with a batch that ends what was taken of the others', async () => {
  const { recorder, clock, calls } = setUp();
  const [first, second] = [claimedMessage(), claimedMessage()];
  recorder.early(first, TOKEN);
  await recorder.record([{ messageId: 'm-1', token: TOKEN, outcome: 'released' }], clock.now());
  recorder.early(second, TOKEN);
  await recorder.record([], clock.now());
  expect(calls).toEqual([['m-1 released', `${first.messageId} delivered`], [`${second.messageId} delivered`]]);
});

it('brings all that ended within fifty ms to the disk at once, and leaves no timer', async () => {
  const { recorder, clock, calls } = setUp();
  await recorder.record([], clock.now());
  clock.advance(49);
  await recorder.record([], clock.now());
  expect(calls).toEqual([[], []]);
  clock.advance(1);
  expect(calls).toEqual([[], [], 'sync']);
  await recorder.record([], clock.now());
  recorder.stop();
  clock.advance(1_000);
  expect(calls).toEqual([[], [], 'sync', []]);
});

it('leaves what it could not record early to the end of its batch, and says when a batch could not be recorded', async () => {
  const { recorder, clock, calls, taken } = setUp(() => Promise.reject(new Error('disk full')));
  taken(100);
  await new Promise((resolve) => setImmediate(resolve));
  expect(calls).toHaveLength(1);
  await expect(recorder.record([], clock.now())).rejects.toThrow('disk full');
});
