import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AppProcess } from '../support/app-process.js';
import { timeLimitMs } from '../support/time-limit.js';
import { SmtpSink } from '../support/smtp-sink.js';

/** `npm run check:long` kills more often. */
const ROUNDS = Number(process.env['KILL_ROUNDS'] ?? 10);
/** The same rounds each time, unless it is told otherwise: a failure can be run again. */
const SEED = Number(process.env['KILL_SEED'] ?? 20_261_120);
const PER_ROUND = 2_000;
const CHUNK = 100;

/** Deterministic noise: a failure can be run again. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function line(key: string): string {
  return JSON.stringify({ type: 'alert', channel: 'email', to: `${key}@example.com`, title: key, idempotencyKey: key });
}

describe('SIGKILL at random times', () => {
  let sink: SmtpSink;
  let directory: string;
  beforeAll(async () => {
    sink = await SmtpSink.start({ dump: true });
    directory = mkdtempSync(join(tmpdir(), 'nestjs-digest-'));
  });
  afterAll(async () => {
    await sink.stop();
    rmSync(directory, { recursive: true });
  });

  const start = (): Promise<AppProcess> =>
    AppProcess.start({
      STORE_PATH: join(directory, 'store.db'),
      SMTP_URL: sink.url,
      AGGREGATION_ENABLED: 'false',
      BATCH_TIMEOUT_MS: '20',
    });

  /** Sends a round's notifications four requests at a time, and kills the process after a random number of answers. */
  async function killedRound(round: number, acknowledged: Set<string>, random: () => number): Promise<void> {
    const app = await start();
    const chunks = Array.from({ length: PER_ROUND / CHUNK }, (_, chunk) =>
      Array.from({ length: CHUNK }, (__, index) => `r${round}-${chunk}-${index}`),
    );
    let killAfter = Math.floor(random() * chunks.length);
    let killed: Promise<unknown> | undefined;
    const sender = async (): Promise<void> => {
      for (let keys = chunks.shift(); keys !== undefined; keys = chunks.shift()) {
        try {
          const response = await app.post('/bulk', keys.map(line).join('\n'));
          const report = (await response.json()) as { accepted: number };
          if (report.accepted === CHUNK) for (const key of keys) acknowledged.add(key);
        } catch {
          // The process is gone: nothing of this request was acknowledged.
        }
        if (killAfter-- === 0) killed = app.stop('SIGKILL');
      }
    };
    await Promise.all([sender(), sender(), sender(), sender()]);
    await (killed ?? app.stop('SIGKILL'));
  }

  it(
    'G1 G3 G7 loses nothing that was acknowledged, repeats with the same Message-ID, and the counts add up',
    async () => {
      const random = randomOf(SEED);
      const acknowledged = new Set<string>();
      for (let round = 0; round < ROUNDS; round++) await killedRound(round, acknowledged, random);

      const app = await start();
      // What was never acknowledged is said again, as a caller would: with the keys the answer is the first one's.
      for (let round = 0; round < ROUNDS; round++) {
        for (let chunk = 0; chunk < PER_ROUND / CHUNK; chunk++) {
          const keys = Array.from({ length: CHUNK }, (_, index) => `r${round}-${chunk}-${index}`);
          expect((await app.post('/bulk', keys.map(line).join('\n'))).status).toBe(200);
        }
      }
      const total = ROUNDS * PER_ROUND;
      let counts = (await app.get('/stats'))['counts'] as { accepted: number; byState: Record<string, number> };
      while (counts.byState['delivered'] !== total) {
        expect(counts.byState['dead']).toBe(0);
        counts = (await app.get('/stats'))['counts'] as typeof counts;
      }
      expect(counts.accepted).toBe(total);
      expect(Object.values(counts.byState).reduce((sum, count) => sum + count, 0)).toBe(total);
      expect(await app.stop('SIGTERM')).toBe(0);

      const ids = new Map<string, Set<string>>();
      let mails = 0;
      for (const { to, raw } of await sink.mails()) {
        mails++;
        const key = to[0]?.replace(/[<>]/g, '').split('@')[0] ?? '';
        const id = /^message-id:\s*(\S+)/im.exec(raw)?.[1] ?? '';
        ids.set(key, (ids.get(key) ?? new Set()).add(id));
      }
      expect([...acknowledged].filter((key) => !ids.has(key))).toEqual([]);
      expect(ids.size).toBe(total);
      expect([...ids.values()].every((set) => set.size === 1)).toBe(true);
      // A kill can repeat what was in flight and not yet recorded: at most the batches of the open connections.
      expect(mails - total).toBeLessThanOrEqual(ROUNDS * 5 * 100);
      process.stdout.write(
        `${ROUNDS} kills: ${acknowledged.size} of ${total} acknowledged before, ${mails - total} sent twice\n`,
      );
    },
    timeLimitMs(5 + ROUNDS),
  );
});
