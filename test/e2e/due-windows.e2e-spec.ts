import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { SqliteStore } from '../../src/storage/sqlite/sqlite-store.js';
import { timeLimitMs } from '../support/time-limit.js';
import { direct, gathered, T0 } from '../../src/storage/store-bench.conformance.js';

/** `npm run check:long` has a million of them. */
const WINDOWS = Number(process.env['DUE_WINDOWS'] ?? 200_000);
const CHUNK = 5_000;
const STEPS = 200;
const DUE_AT = T0 + 60_000;

let folder: string;
let store: SqliteStore;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nestjs-digest-'));
  store = new SqliteStore({ path: join(folder, 'store.db'), maxPending: 2 * WINDOWS });
  await store.open(T0);
});
afterAll(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

it(
  'G4 G5 G7 hundreds of thousands of windows that are due in one second close in bounded steps, and what is critical goes between them',
  async () => {
    for (let from = 0; from < WINDOWS; from += CHUNK) {
      const { results } = await store.accept(
        Array.from({ length: CHUNK }, (_, i) => gathered(`n${from + i}`, { to: `r${from + i}@x` }, { windowMs: 60_000 })),
        T0,
      );
      expect(results.some((result) => 'refused' in result)).toBe(false);
    }
    expect(await store.snapshot()).toMatchObject({ pending: WINDOWS, windows: { open: WINDOWS, items: WINDOWS } });
    expect((await store.advance(DUE_AT - 1, STEPS)).closed).toEqual([]);

    let closed = 0;
    let calls = 0;
    let urgent = 0;
    for (let more = true; more; calls++) {
      const report = await store.advance(DUE_AT, STEPS);
      expect(report.closed.length).toBeLessThanOrEqual(STEPS);
      closed += report.closed.length;
      ({ more } = report);
      if (calls % 100 !== 50) continue;
      urgent += 1;
      await store.accept([direct('urgent', { priority: 'critical' })], DUE_AT);
      const { token, messages: claimed } = await store.claim({
        channel: 'email',
        lane: 'critical',
        limit: 10,
        now: DUE_AT,
        leaseMs: 60_000,
      });
      expect(claimed.map(({ entries }) => entries[0]?.content.title)).toEqual(['urgent']);
      await store.settle(
        claimed.map(({ messageId }) => ({ messageId, token, outcome: 'delivered' })),
        DUE_AT,
      );
    }
    expect(closed).toBe(WINDOWS);
    const { counts, pending, windows, messages } = await store.snapshot();
    expect({ pending, open: windows.open, items: windows.items, queued: messages.queued }).toEqual({
      pending: WINDOWS,
      open: 0,
      items: 0,
      queued: WINDOWS,
    });
    expect(counts.reduce((sum, { count }) => sum + count, 0)).toBe(WINDOWS + urgent);
  },
  timeLimitMs(15),
);
