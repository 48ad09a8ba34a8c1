import { type EndedDelivery, FINAL_STATES, type FinalState } from '../model/ended-delivery.js';
import { direct, FAILURE, gathered, type StoreBench, T0 } from './store-bench.conformance.js';
import { type StoreSuiteRunner } from './suite-runner.conformance.js';

/** A store tells of each delivery that ended, once, and of nothing that nobody wants to know. */
export function itTellsWhatEnded(on: () => StoreBench, { expect, it }: StoreSuiteRunner): void {
  const listen = (wanted: readonly FinalState[] = FINAL_STATES): EndedDelivery[] => {
    const told: EndedDelivery[] = [];
    on().store.onEnded({ wants: (state) => wanted.includes(state), ended: (deliveries) => void told.push(...deliveries) });
    return told;
  };

  it('delivered, with what its caller knows it by; of a digest each delivery', async () => {
    const told = listen();
    const keys = { groupKey: 'project-7' };
    const one = [gathered('a', { ...keys, idempotencyKey: 'order-1' }), gathered('b', { ...keys, idempotencyKey: 'order-2' })];
    const ids = await on().ids(one);
    await on().commands().flush({}, T0);
    const claimed = await on().claim();
    expect(told).toEqual([]);
    await on().settle(claimed, 'delivered', T0 + 5);
    const common = { messageId: claimed[0]?.messageId, channel: 'email', address: 'ann@example.com', type: 'alert', ...keys };
    expect(told).toEqual([
      { id: ids[0], ...common, state: 'delivered', idempotencyKey: 'order-1', at: T0 + 5 },
      { id: ids[1], ...common, state: 'delivered', idempotencyKey: 'order-2', at: T0 + 5 },
    ]);
    // The second settlement of a message is stale, and changes nothing.
    await on().settle(claimed, 'dead', T0 + 6);
    expect(told).toHaveLength(2);
  });

  it('dead, with its reason, and again when it is dead again after a replay', async () => {
    const told = listen();
    const [id] = await on().ids([direct('a')]);
    const claimed = await on().claim();
    for (const message of claimed) await on().retry(message, T0 + 1);
    expect(told).toEqual([]);
    await on().store.advance(T0 + 1, 10);
    await on().settle(await on().claim(T0 + 1), 'dead', T0 + 2);
    expect(told).toMatchObject([{ id, state: 'dead', reason: FAILURE.reason, at: T0 + 2 }]);
    await on().store.replay({}, { limit: 10, now: T0 + 3 });
    await on().settle(await on().claim(T0 + 3), 'dead', T0 + 4);
    expect(told.map(({ at }) => at)).toEqual([T0 + 2, T0 + 4]);
  });

  it('cancelled, from a window and from the queue, with its reason', async () => {
    const told = listen();
    const [inWindow, queued] = await on().ids([gathered('a'), direct('b', { sendAt: T0 + 50 })]);
    await on().store.cancel(inWindow ?? '', 'read', T0 + 1);
    await on().store.cancel(queued ?? '', 'cancelled', T0 + 2);
    expect(told).toMatchObject([
      { id: inWindow, state: 'cancelled', reason: 'read', at: T0 + 1 },
      { id: queued, state: 'cancelled', reason: 'cancelled', at: T0 + 2 },
    ]);
  });

  it('cancelled, with the address that is erased', async () => {
    const told = listen();
    const [id] = await on().ids([gathered('a', { to: 'gone@example.com', groupKey: 'g' })]);
    await on().store.forget('email', 'gone@example.com', { limit: 100, now: T0 + 1 });
    const reason = 'recipient_gone';
    expect(told).toMatchObject([{ id, address: 'gone@example.com', state: 'cancelled', reason, groupKey: 'g' }]);
  });

  it('expired: at its time, in a claim, and when it had expired when it came', async () => {
    const told = listen();
    const [waiting] = await on().ids([direct('a', { sendAt: T0 + 50, expiresAt: T0 + 10, to: 'a@x' })]);
    await on().store.advance(T0 + 10, 10);
    const [ready] = await on().ids([direct('b', { expiresAt: T0 + 20, to: 'b@x' })], T0 + 10);
    await on().claim(T0 + 20);
    const [late] = await on().ids([direct('c', { expiresAt: T0 + 5, to: 'c@x' })], T0 + 20);
    const common = { state: 'expired', reason: 'expired' };
    expect(told).toMatchObject([
      { id: waiting, address: 'a@x', ...common, at: T0 + 10 },
      { id: ready, address: 'b@x', ...common, at: T0 + 20 },
      { id: late, address: 'c@x', ...common, at: T0 + 20 },
    ]);
  });

  it('replaced by a newer one with its dedupe key', async () => {
    const told = listen();
    const [older] = await on().ids([gathered('a', { dedupeKey: 'server-3' })]);
    await on().ids([gathered('b', { dedupeKey: 'server-3' })], T0 + 1);
    expect(told).toMatchObject([{ id: older, state: 'replaced', reason: 'replaced', at: T0 + 1 }]);
  });

  it('nothing of a state that is not wanted, and nothing after it was stopped', async () => {
    const told = listen(['dead']);
    const all: EndedDelivery[] = [];
    const stop = on().store.onEnded({ wants: () => true, ended: (deliveries) => void all.push(...deliveries) });
    await on().ids([direct('a'), direct('b')]);
    const [first, second] = await on().claim();
    await on().settle(first === undefined ? [] : [first], 'delivered');
    stop();
    await on().settle(second === undefined ? [] : [second], 'dead');
    expect([told.map(({ state }) => state), all.map(({ state }) => state)]).toEqual([['dead'], ['delivered']]);
  });
}
