import { type StoredAttachment } from '../model/email-attachment.js';
import { type Acceptance } from './notification-store.js';
import { BURST, direct, gathered, type StoreBench, T0 } from './store-bench.conformance.js';

export const LIKE = { similarity: 0.5, leadingCount: 1 } as const;
export const KEYED = { ...direct('once', { idempotencyKey: 'k', to: 'eve@x' }), addresses: ['eve@x', 'max@x'] };

function attached(title: string): Acceptance {
  const file = (size: number): StoredAttachment => ({ filename: 'a.bin', size, sha256: '0'.repeat(64) });
  const attachments = [Uint8Array.from({ length: 9_000 }, (_, at) => at & 0xff), Uint8Array.of(0, 255)];
  return {
    ...direct(title, { email: { attachments: attachments.map(({ length }) => file(length)) } }),
    addresses: ['ann@x', 'bob@x'],
    attachments,
  };
}

/** Something of everything that a store can hold. */
export async function fill(bench: StoreBench): Promise<void> {
  const { store } = bench;
  await bench.accept([attached('files'), direct('fails', { to: 'bob@x' }), direct('waits', { to: 'max@x' }), KEYED]);
  const messages = await bench.claim();
  const named = (title: string) => messages.filter(({ entries: [first] }) => first?.content.title === title);
  await bench.outcomes(
    named('files').map(({ messageId }) => ({ messageId, outcome: 'delivered', sequenced: true, answer: '250 taken' })),
    T0 + 5,
  );
  await bench.settle(named('fails'), 'dead', T0 + 6);
  await bench.outcomes(
    named('waits').map(({ messageId }) => ({
      messageId,
      outcome: 'retry',
      failure: { reason: 'temporarily_refused', message: '451 later' },
      retryAt: T0 + 60_000,
      progress: { part: 2 },
    })),
    T0 + 7,
  );
  await bench.settle(named('once'), 'released', T0 + 8);
  await bench.accept([direct('dead again', { to: 'bob@x' }), direct('hidden', { to: 'bob@x' })], T0 + 9);
  await bench.settle(await bench.claim(T0 + 9, { limit: 2 }), 'dead', T0 + 9);
  await bench.commands().replay({ reason: 'temporarily_refused', channel: 'email' }, T0 + 10);
  await bench.settle(await bench.claim(T0 + 10, { limit: 2 }), 'dead', T0 + 10);
  await store.dismiss({ channel: 'email' }, { limit: 1, now: T0 + 11 });
  // Windows: plain, with a key that is replaced, that slides and expires, with a time of their own, of like contents, of a burst, of several types.
  const [gone] = await bench.ids(
    [gathered('gone'), gathered('stays'), gathered('other', { type: 'disk', groupKey: 'g' }, { groupBy: 'none' })],
    T0 + 12,
  );
  await bench.accept(
    [gathered('old', { groupKey: 'a', dedupeKey: 'd' }), gathered('new', { groupKey: 'a', dedupeKey: 'd' })],
    T0 + 12,
  );
  await bench.accept([gathered('slides', { groupKey: 's', expiresAt: T0 + 900_000 }, { mode: 'sliding' })], T0 + 13);
  await bench.accept([gathered('later', { sendAt: T0 + 500_000 }), direct('some day', { sendAt: T0 + 600_000 })], T0 + 14);
  await bench.accept(
    ['The disk of db-1 is full', 'The disk of db-2 is full', 'The disk of db-3 is full'].map((title) =>
      gathered(title, { to: 'like@x' }, LIKE),
    ),
    T0 + 15,
  );
  await bench.accept(
    ['1', '2', '3', '4'].map((title) => gathered(title, { to: 'burst@x' }, BURST)),
    T0 + 16,
  );
  await bench.accept(
    [
      gathered('critical', { to: 'mix@x', groupKey: 'm', priority: 'high' }, { groupBy: 'none' }),
      gathered('low', { to: 'mix@x', groupKey: 'm', type: 'disk', priority: 'low' }, { groupBy: 'none' }),
    ],
    T0 + 17,
  );
  await bench.accept([direct('too late', { expiresAt: T0 + 1 })], T0 + 18);
  await store.cancel(gone ?? '', 'read', T0 + 19);
  await store.state.set('pauses', '{"slack":true}');
  await store.record([{ at: T0, stepMs: 60_000, name: 'accepted', value: 7.5 }]);
  await store.mailbox.add([
    {
      from: 'a@x',
      to: 'b@x',
      subject: 's',
      type: 'alert',
      count: 1,
      messageId: '<1@x>',
      date: 'now',
      headers: {},
      text: 't',
      html: 'h',
    },
  ]);
  await store.recipients.put('user:1', '{"name":"Ann"}', 0);
  await store.recipients.put('user:1', '{"name":"Anna"}', 1);
  await store.suppressions.add({ channel: 'email', address: 'no@x', reason: 'unsubscribe', at: T0, note: 'asked' });
  await store.suppressions.add({ channel: 'email', address: 'back@x', reason: 'unsubscribe', at: T0 });
  await store.suppressions.remove({ channel: 'email', address: 'back@x', note: 'came back' }, T0 + 1);
}
