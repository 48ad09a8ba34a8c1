import { openSync } from 'node:fs';
import { SqliteStore } from '../../dist/storage/sqlite/sqlite-store.js';
import { type Acceptance } from '../../dist/storage/notification-store.js';

/** What the recorded process does: `node workload.ts STORE`. It notes what the store has promised, right after the promise. */
const path = process.argv[2] ?? '';
const ROUNDS = Number(process.env['POWER_CUT_ROUNDS'] ?? 12);
const PER_ROUND = 60;
/** Large enough that the log is copied back several times. */
const BODY = 'x'.repeat(24_000);
const POLICY = {
  mode: 'fixed',
  windowMs: 60_000,
  maxCount: 8,
  maxWaitMs: 240_000,
  leadingCount: 0,
  minCount: 1,
  groupBy: 'type',
  render: { limit: 50, keep: 'priority' },
} as const;

/** See recorder.c. */
function note(kind: 'accepted' | 'cancelled' | 'delivered', ids: readonly string[]): void {
  for (let at = 0; at < ids.length; at += 50) {
    try {
      openSync(`/power-cut-note/${kind} ${ids.slice(at, at + 50).join(',')}`, 'r');
    } catch {
      // It always fails.
    }
  }
}

const store = new SqliteStore({ path, maxPending: 1_000_000 });
const T0 = 1_800_000_000_000;

for (let round = 0; round < ROUNDS; round++) {
  const now = T0 + round * 1_000;
  await store.open(now);
  const acceptance = (index: number): Acceptance => {
    const content = { type: 'alert', channel: 'email', title: `n${round}-${index}`, priority: 'normal', body: BODY } as const;
    const keyed = index % 5 === 0 ? { idempotencyKey: `k${round}-${index}` } : {};
    return index % 2 === 0
      ? { content: { ...content, ...keyed }, addresses: [`a${index % 7}@x`], route: 'batch' }
      : { content, addresses: [`a${index % 7}@x`], route: 'aggregate', policy: POLICY };
  };
  const accepted: string[] = [];
  for (let at = 0; at < PER_ROUND; at += 6) {
    // Several calls of one tick, as several requests are.
    await Promise.all(
      [0, 1, 2].map(async (call) => {
        const { results } = await store.accept([acceptance(at + 2 * call), acceptance(at + 2 * call + 1)], now);
        const ids = results.flatMap((result) => ('deliveries' in result ? result.deliveries.map(({ id }) => id) : []));
        note('accepted', ids);
        accepted.push(...ids);
      }),
    );
  }
  for (const id of accepted.slice(0, 10)) {
    const done = await store.cancel(id, 'cancelled', now).then(
      () => true,
      () => false,
    );
    if (done) note('cancelled', [id]);
  }
  const { token, messages } = await store.claim({ channel: 'email', lane: 'normal', limit: 25, now, leaseMs: 60_000 });
  await store.settle(
    messages.map(({ messageId }) => ({ messageId, token, outcome: 'delivered' })),
    now,
  );
  await store.sync();
  note(
    'delivered',
    messages.flatMap(({ entries }) => entries.map(({ deliveryId }) => deliveryId)),
  );
  // A clean stop and another start now and then; else only its writes go on.
  if (round % 4 === 3) await store.close();
}
process.exit(0);
