import { MAILBOX_CAPACITY, MAILBOX_PAGE_CHARACTERS, type MailboxMail, type StoredMail } from './mailbox-store.js';
import { type StoreBench, T0 } from './store-bench.conformance.js';
import { type StoreSuiteRunner } from './suite-runner.conformance.js';

const mail = (subject: string, over: Partial<MailboxMail> = {}): MailboxMail => ({
  from: 'me@example.com',
  to: 'ann@example.com',
  subject,
  type: 'order',
  count: 1,
  messageId: '<m-1@example.com>',
  date: '2026-11-20T09:00:00.000Z',
  headers: { 'X-A': 'b' },
  text: 'text',
  html: '<p>html</p>',
  ...over,
});
const mails = (from: number, count: number): readonly MailboxMail[] =>
  Array.from({ length: count }, (_, i) => mail(`t${from + i}`));

async function all(on: () => StoreBench, limit: number): Promise<readonly StoredMail[]> {
  const found: StoredMail[] = [];
  let cursor: string | undefined;
  do {
    const page = await on().store.mailbox.page({ limit, ...(cursor === undefined ? {} : { cursor }) });
    found.push(...page.items);
    cursor = page.next;
  } while (cursor !== undefined);
  return found;
}

/** What a store's mailbox promises. */
export function itHasAMailbox(on: () => StoreBench, { expect, it }: StoreSuiteRunner): void {
  it('gives mails newest first, by their number, and all of each', async () => {
    expect(await on().store.mailbox.page()).toEqual({ items: [], total: 0 });
    await on().store.mailbox.add([mail('one'), mail('two')]);
    await on().store.mailbox.add([]);
    await on().store.mailbox.add([mail('three')]);
    expect(await on().store.mailbox.page()).toEqual({
      items: [
        { ...mail('three'), number: 3 },
        { ...mail('two'), number: 2 },
        { ...mail('one'), number: 1 },
      ],
      total: 3,
    });
    expect(await on().store.mailbox.get(2)).toEqual({ ...mail('two'), number: 2 });
    expect(await on().store.mailbox.get(4)).toBeUndefined();
  });

  for (const batches of [
    [MAILBOX_CAPACITY],
    [MAILBOX_CAPACITY + 1],
    [3, MAILBOX_CAPACITY - 1],
    [1, MAILBOX_CAPACITY * 2 + 7, 2],
  ]) {
    it(`G8 keeps the newest of ${batches.join(' and ')}, in pages, and goes on counting`, async () => {
      let total = 0;
      for (const count of batches) {
        await on().store.mailbox.add(mails(total + 1, count));
        total += count;
      }
      const expected = Array.from({ length: MAILBOX_CAPACITY }, (_, i) => total - i);
      for (const limit of [200, 7]) {
        const found = await all(on, limit);
        expect(found.map(({ number, subject }) => [number, subject])).toEqual(expected.map((number) => [number, `t${number}`]));
      }
      expect((await on().store.mailbox.page({ limit: 1 })).total).toBe(total);
    });
  }

  it('G1 keeps them over a crash, and gives no number twice', async () => {
    await on().store.mailbox.add([mail('one'), mail('two')]);
    await on().store.mailbox.forget('ann@example.com');
    await on().reopen('crash', T0);
    await on().store.mailbox.add([mail('three')]);
    await on().reopen('restart', T0);
    expect(await on().store.mailbox.page()).toEqual({ items: [{ ...mail('three'), number: 3 }], total: 3 });
  });

  it('forgets the mails of one address only', async () => {
    await on().store.mailbox.add([mail('one'), mail('two', { to: 'bob@example.com' }), mail('three')]);
    expect(await on().store.mailbox.forget('ann@example.com')).toBe(2);
    expect((await on().store.mailbox.page()).items.map(({ to }) => to)).toEqual(['bob@example.com']);
  });

  it('G8 gives no more than a page may hold, and at least one mail', async () => {
    const large = 'x'.repeat(MAILBOX_PAGE_CHARACTERS / 2);
    await on().store.mailbox.add([
      mail('one', { html: large + large }),
      mail('two', { html: large }),
      mail('three', { html: large }),
    ]);
    expect((await on().store.mailbox.page()).items).toHaveLength(1);
    expect((await all(on, 50)).map(({ subject }) => subject)).toEqual(['three', 'two', 'one']);
  });

  it('refuses a cursor that no page gave', async () => {
    await expect(on().store.mailbox.page({ cursor: 'x' })).rejects.toMatchObject({ code: 'invalid_request' });
  });
}
