import { join } from 'node:path';
import { beforeAll, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { PostgresStore } from '../../src/storage/postgres/postgres-store.js';
import { SqliteStore } from '../../src/storage/sqlite/sqlite-store.js';
import { direct, gathered, many, T0 } from '../../src/storage/store-bench.conformance.js';
import { CliProcess } from '../support/cli-process.js';
import { PostgresServer } from '../support/postgres-server.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const EACH = 1_000;
/** Of the rows of a move: two a message, and a key for each one that goes out alone. */
const ROWS = 4 * EACH;
const KILLS = 3;

let server: PostgresServer;
beforeAll(async () => {
  server = await PostgresServer.start();
});

/** Rows that are in the target; 0 before it has any. */
async function movedRows(schema: string): Promise<number> {
  const rows = await server.query(`SELECT mark::json ->> 'rows' AS rows FROM ${schema}.move_mark`).catch(() => []);
  return Number(rows[0]?.['rows'] ?? 0);
}

it('G1 G3 a move that is killed at any point goes on, and everything is sent once', async () => {
  const schema = server.newSchema();
  const path = join(temporaryFolder(), 'old.db');
  const source = new SqliteStore({ path, maxPending: 10 * EACH });
  await source.open(T0);
  const given = many(EACH).flatMap((title) => [direct(title, { idempotencyKey: title }), gathered(title, { to: `${title}@x` })]);
  const { results } = await source.accept(given, T0);
  const ids = results.flatMap((result) => ('deliveries' in result ? result.deliveries.map(({ id }) => id) : []));
  const keysBefore = await source.accept([direct('n1', { idempotencyKey: 'n1' })], T0 + 1);
  await source.close();
  const start = (): CliProcess =>
    CliProcess.start(['move', '--from', `sqlite:${path}`, '--to', `${server.url}?schema=${schema}`]);
  const [points = []] = fc.sample(fc.array(fc.nat(ROWS), { minLength: KILLS, maxLength: KILLS }), 1);
  let killed = 0;
  for (const point of points.toSorted((a, b) => a - b)) {
    const command = start();
    const isReached = async (): Promise<boolean> => (await movedRows(schema)) > point;
    while (!(command.hasEnded || (await isReached()))) continue;
    if (!command.hasEnded) killed++;
    await command.kill();
  }
  expect(killed).toBeGreaterThan(0);
  const last = start();
  // The last point may be behind the end: then all is done.
  expect([0, 1]).toContain(await last.ended());
  expect(`${last.printed.out}${last.printed.error}`).toMatch(/moved \d+ rows|was moved to/);
  await expect(source.open(T0 + 2)).rejects.toThrow('was moved to');
  const target = new PostgresStore({ url: server.url, schema, maxPending: 10 * EACH, waking: 'poll' });
  await target.open(T0 + 2);
  try {
    expect(await target.accept([direct('n1', { idempotencyKey: 'n1' })], T0 + 3)).toEqual({
      ...keysBefore,
      pending: ids.length,
    });
    const at = T0 + 600_000;
    for (let more = true; more;) ({ more } = await target.advance(at, 1_000));
    const sent: string[] = [];
    for (;;) {
      const { token, messages } = await target.claim({
        channel: 'email',
        lane: 'normal',
        limit: 1_000,
        now: at,
        leaseMs: 60_000,
      });
      if (messages.length === 0) break;
      sent.push(...messages.flatMap(({ entries }) => entries.map(({ deliveryId }) => deliveryId)));
      await target.settle(
        messages.map(({ messageId }) => ({ messageId, token, outcome: 'delivered' })),
        at,
      );
    }
    expect(sent.toSorted()).toEqual(ids.toSorted());
    expect(await target.snapshot()).toMatchObject({ pending: 0, windows: { open: 0 }, messages: { queued: 0, sending: 0 } });
  } finally {
    await target.close();
  }
});
