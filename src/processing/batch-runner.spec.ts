import { expect, it } from '@jest/globals';
import { claimedMessage } from '../../test/support/claimed-message.js';
import { type ResolvedOptions } from '../config/options.js';
import { type ClaimedMessage, type Lane, type Settlement } from '../model/message.js';
import { NotificationEvents } from '../model/notification-events.js';
import { type NotificationStore } from '../storage/notification-store.js';
import { ManualClock } from '../testing/manual-clock.js';
import { type SendResult } from '../transports/transport.js';
import { BatchRunner } from './batch-runner.js';
import { type BatchSender, type SentBatch } from './batch-sender.js';
import { ChannelStates } from './channel-states.js';
import { type StopSignals } from './handover.js';
import { LEASE_MS } from './lease-keeper.js';
import { EndpointBreakers } from './endpoint-breakers.js';

/** A runner whose transport sends until it is told to abort, and whose store says which claims are lost. */
function setUp(lost: readonly string[]) {
  const clock = new ManualClock();
  const events = new NotificationEvents();
  const settled: Settlement[] = [];
  const store = {
    extend: () => Promise.resolve({ lost }),
    settle: (settlements: readonly Settlement[]) => {
      settled.push(...settlements);
      return Promise.resolve({ stale: [] });
    },
    sync: () => Promise.resolve(),
  };
  const { promise: answered, resolve: answer } = Promise.withResolvers<SendResult>();
  const sender = {
    send: async (_: string, __: Lane, messages: readonly ClaimedMessage[], { abort }: StopSignals): Promise<SentBatch> => {
      abort.addEventListener('abort', () => answer(INTERRUPTED));
      const result = await answered;
      const handed = messages.map((_, index) => index);
      return { results: messages.map(() => result), addressed: messages, handed, connectMs: 0 };
    },
  };
  const batch = { maxSize: 10, maxAttempts: 5, retryBaseMs: 1_000, dynamicSizing: false };
  const options = { batch, perChannel: {}, onUncertain: 'retry' } as unknown as ResolvedOptions;
  const endpoints = new EndpointBreakers(() => undefined);
  const boundsOf = () => ({ size: 10, concurrency: 2 });
  const runner = new BatchRunner(
    store as unknown as NotificationStore,
    sender as unknown as BatchSender,
    clock,
    events,
    options,
    boundsOf,
    endpoints,
    () => 0.5,
  );
  const state = new ChannelStates(options, boundsOf, endpoints, () => undefined).of('email');
  const launch = (): void =>
    runner.launch(state, 'normal', { token: 'c-1', messages: [claimedMessage()] }, false, () => undefined);
  return { clock, runner, settled, launch, answer };
}

const INTERRUPTED: SendResult = {
  status: 'failed',
  kind: 'deferred',
  failure: { reason: 'interrupted', message: 'the transport was told to end' },
};

async function pass(clock: ManualClock, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 1_000) {
    clock.advance(1_000);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

it('G2 a batch whose lease was lost aborts and settles nothing', async () => {
  const { clock, runner, settled, launch } = setUp(['c-1']);
  launch();
  const [running] = runner.running;
  await pass(clock, LEASE_MS / 3);
  await running;
  expect(settled).toEqual([]);
  expect(clock.pending).toBe(0);
});

it('G3 a batch that takes longer than a lease keeps its claim, and settles', async () => {
  const { clock, runner, settled, launch, answer } = setUp([]);
  launch();
  const [running] = runner.running;
  await pass(clock, 3 * LEASE_MS);
  expect(runner.running.size).toBe(1);
  answer({ status: 'accepted' });
  await running;
  expect(settled).toMatchObject([{ token: 'c-1', outcome: 'delivered' }]);
  await runner.stop(0);
});
