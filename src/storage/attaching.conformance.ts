import { type StoredAttachment } from '../model/email-attachment.js';
import { type Acceptance } from './notification-store.js';
import { direct, type StoreBench, T0, titles } from './store-bench.conformance.js';
import { type StoreSuiteRunner } from './suite-runner.conformance.js';

/** Bytes of every value, more than a page of any store has. */
const LARGE = Uint8Array.from({ length: 70_000 }, (_, at) => (at * 7 + (at >> 8)) & 0xff);
const SMALL = Uint8Array.from([0, 255, 10, 13, 46]);

/** One with attachments, for these addresses. */
function attached(title: string, addresses: readonly string[], attachments: readonly Uint8Array[] = [LARGE, SMALL]): Acceptance {
  const refs = attachments.map(({ length }, number): StoredAttachment => {
    return { filename: `${number}.bin`, size: length, sha256: number.toString(16).padStart(64, '0') };
  });
  return { ...direct(title, { email: { attachments: refs } }), addresses, attachments };
}

/** What a store does with the bytes of attachments. */
export function itAttaches(on: () => StoreBench, { expect, it }: StoreSuiteRunner): void {
  const read = async (id: string | undefined): Promise<number[][]> => {
    const attachments = await on().store.attachments(id ?? '');
    return attachments.map((bytes) => [...bytes]);
  };
  const both = [[...LARGE], [...SMALL]];

  it('G1 what was accepted is there after a crash, with all its bytes and in its order, for each of its deliveries', async () => {
    const given = Uint8Array.from(LARGE);
    const ids = await on().ids([
      attached('two', ['ann@x', 'bob@x'], [given, SMALL]),
      attached('one', ['eve@x'], [SMALL]),
      direct('none'),
    ]);
    given.fill(0);
    await on().reopen('crash', T0 + 1);
    for (const id of ids.slice(0, 2)) expect(await read(id)).toEqual(both);
    expect(await read(ids[2])).toEqual([[...SMALL]]);
    expect(await read(ids[3])).toEqual([]);
    expect(await read('d-elsewhere-1')).toEqual([]);
    expect(
      titles(await on().claim(T0 + 1))
        .flat()
        .toSorted(),
    ).toEqual(['none', 'one', 'two', 'two']);
  });

  it('a message that is claimed names them, and has nothing of their bytes', async () => {
    await on().ids([attached('one', ['ann@x'])]);
    const [message] = await on().claim();
    expect(message?.entries[0]?.content.email?.attachments?.map(({ size }) => size)).toEqual([LARGE.length, SMALL.length]);
    expect(JSON.stringify(message).length).toBeLessThanOrEqual(5_000);
    expect(await read(message?.entries[0]?.deliveryId)).toEqual(both);
  });

  it('what is refused leaves nothing, and a repeat of an idempotency key gets the first answer', async () => {
    const keyed = (attachments?: readonly Uint8Array[]): Acceptance => {
      const { content, ...rest } = attached('one', ['ann@x'], attachments);
      return { ...rest, content: { ...content, idempotencyKey: 'k' } };
    };
    const [first] = await on().ids([keyed()]);
    const [repeat, other] = await on().accept([keyed(), keyed([SMALL])], T0 + 1);
    expect(repeat).toMatchObject({ deliveries: [{ id: first, duplicate: true }] });
    expect(other).toMatchObject({ refused: { reason: 'idempotency_conflict' } });
    expect(await read(first)).toEqual(both);
  });

  it('they stay for a replay, and as long as any delivery of their notification', async () => {
    const [ann, bob] = await on().ids([attached('both', ['ann@x', 'bob@x'])]);
    const messages = await on().claim();
    await on().settle(
      messages.filter(({ address }) => address === 'ann@x'),
      'delivered',
    );
    await on().settle(
      messages.filter(({ address }) => address === 'bob@x'),
      'dead',
      T0 + 5,
    );
    await on().ids([direct('later', { to: 'eve@x' })], T0 + 6);
    await on().prune({ finishedBefore: T0 + 2 });
    expect(await on().store.find(ann!)).toBeUndefined();
    expect([await read(ann), await read(bob)]).toEqual([[], both]);
    await on()
      .commands()
      .replay({ address: 'bob@x' }, T0 + 7);
    expect(await read(bob)).toEqual(both);
  });

  it('they are pruned with the last delivery of their notification, in bounded steps', async () => {
    const ids = await on().ids([attached('both', ['ann@x', 'bob@x']), attached('one', ['eve@x'])]);
    await on().settle(await on().claim(), 'delivered');
    await on().ids([direct('later')], T0 + 1);
    for (let more = true; more;) ({ more } = await on().prune({ finishedBefore: T0 + 1, limit: 2 }));
    for (const id of ids) {
      expect(await on().store.find(id)).toBeUndefined();
      expect(await read(id)).toEqual([]);
    }
    await on().reopen('crash', T0 + 2);
    for (const id of ids) expect(await read(id)).toEqual([]);
  });

  it('they are erased with the last address of their notification, pending or sent', async () => {
    const forget = (address: string) =>
      on()
        .commands(1)
        .forget('email', address, T0 + 1);
    const [ann, bob] = await on().ids([attached('pending', ['ann@x', 'bob@x'])]);
    await forget('ann@x');
    expect([await read(ann), await read(bob)]).toEqual([[], both]);
    await forget('bob@x');
    expect([await read(ann), await read(bob)]).toEqual([[], []]);
    const [eve, kim] = await on().ids([attached('sent', ['eve@x']), attached('not sent', ['kim@x'])], T0 + 2);
    await on().settle(
      (await on().claim(T0 + 2)).filter(({ address }) => address === 'eve@x'),
      'delivered',
      T0 + 2,
    );
    await forget('eve@x');
    expect([await read(eve), await read(kim)]).toEqual([[], both]);
  });
}
