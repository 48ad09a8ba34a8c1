import { type AcceptedNotification } from '../model/delivery.js';
import { deliveriesOf, direct, FAILURE, gathered, type StoreBench, T0, titles } from './store-bench.conformance.js';
import { type StoreSuiteRunner } from './suite-runner.conformance.js';

/** What `forget` promises. */
export function itErases(on: () => StoreBench, { expect, it }: StoreSuiteRunner): void {
  it('erases what is stored of an address, over a crash too; what is pending ends, and the counts stay', async () => {
    const secret = { to: 'ann@secret.example' };
    const [done] = await on().ids([direct('sent', secret)]);
    await on().settle(await on().claim(), 'delivered');
    const [gathering, shared] = await on().ids([gathered('gathers', secret), direct('waits', secret)]);
    const [other] = await on().ids([direct('other', { to: 'bob@x' })]);
    const slices: { cancelled: number; erased: number; next?: string }[] = [];
    for (let cursor: string | undefined, more = true; more;) {
      const report = await on().store.forget('email', 'ann@secret.example', {
        limit: 1,
        now: T0 + 1,
        ...(cursor === undefined ? {} : { cursor }),
      });
      slices.push(report);
      cursor = report.next;
      more = cursor !== undefined;
    }
    expect(slices.reduce((sum, { cancelled }) => sum + cancelled, 0)).toBe(2);
    await on().reopen('crash', T0 + 2);
    expect(await on().store.find(done!)).toBeUndefined();
    for (const id of [gathering, shared]) {
      expect(await on().store.find(id!)).toMatchObject({ state: 'cancelled', reason: 'recipient_gone', to: '', title: '' });
    }
    expect((await on().store.deliveries({ address: 'ann@secret.example' })).items).toEqual([]);
    expect(await on().store.address('email', 'ann@secret.example')).toBeUndefined();
    expect(titles(await on().claim(T0 + 90_000))).toEqual([['other']]);
    expect(await on().stateOf(other!)).toBe('sending');
  });

  it('erases an address from the first answers to idempotency keys, and repeats the rest of them; notifications keep their ids', async () => {
    const both = { ...direct('a', { idempotencyKey: 'k' }), addresses: ['ann@x', 'bob@x'] };
    const alone = { ...gathered('b', { idempotencyKey: 'alone' }), addresses: ['ann@x'] };
    const others = { ...direct('c', { idempotencyKey: 'others' }), addresses: ['joann@x'] };
    const first = await on().accept([both, alone, others]);
    await on()
      .commands(1)
      .forget('email', 'ann@x', T0 + 1);
    await on().reopen('crash', T0 + 2);
    const again = await on().accept([both, alone, others], T0 + 3);
    expect(again.map((result) => deliveriesOf(result).map(({ to, duplicate }) => [to, duplicate]))).toEqual([
      [
        ['', true],
        ['bob@x', true],
      ],
      [['', true]],
      [['joann@x', true]],
    ]);
    for (const [at, result] of first.entries()) {
      const { notificationId } = result as AcceptedNotification;
      expect(again[at]).toMatchObject({ notificationId });
      for (const { id } of deliveriesOf(result)) expect(await on().store.find(id)).toMatchObject({ notificationId });
    }
  });

  it('of what failed before, why is left and what the receiver said is not', async () => {
    const [id] = await on().ids([direct('a')]);
    const [message] = await on().claim();
    await on().retry(message!, T0 + 60_000);
    await on()
      .commands(1)
      .forget('email', 'ann@example.com', T0 + 1);
    const { lastError, errors = [] } = (await on().store.find(id!))!;
    expect(lastError).toEqual({ reason: FAILURE.reason, message: '', at: expect.any(String) });
    expect(errors.map(({ message: text }) => text).join('')).toBe('');
  });

  it('what is dead of an address that is erased is never sent again', async () => {
    const [id] = await on().ids([direct('a')]);
    await on().settle(await on().claim(), 'dead');
    await on().commands(1).forget('email', 'ann@example.com', T0);
    expect(
      await on()
        .commands(1)
        .replay({}, T0 + 1),
    ).toBe(0);
    expect(
      await on()
        .commands(1)
        .replay({ ids: [id!] }, T0 + 1),
    ).toBe(0);
    expect(titles(await on().claim(T0 + 2))).toEqual([]);
  });

  it('what is being sent to an address that is erased is left and counted', async () => {
    await on().accept([direct('a')]);
    await on().claim();
    const report = await on().commands().forget('email', 'ann@example.com', T0);
    expect(report).toEqual({ cancelled: 0, erased: 0, sending: 1 });
  });
}
