import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Test } from '@nestjs/testing';
import pg from 'pg';
import {
  type AcceptedNotification,
  Clock,
  type Notification,
  NotificationModule,
  NotificationTransport,
  type OutgoingMessage,
  QueueService,
  type SendResult,
  type Transport,
} from '../../dist/index.js';
import { fromPg } from '../../dist/postgres.js';

/**
 * One instance of the module under chaos, in its own process, with its own traffic. It notes what it was answered after the answer, and what it sends
 * before the module hears that it was sent; a line is over when it ends with `;`. Lines: `A key delivery message` accepted, `T key delivery` committed in
 * a transaction, `R delivery` rolled back, `C delivery` cancelled, `L ms` time from the acceptance of a critical one to its sending, and
 * `S at message outcome count maxCount closedBy dueAt deliveries`.
 */
const [, , name = '', url = '', log = '', skew = '0', random = '1'] = process.argv;
const GROUPS = 40;
const MAX_COUNT = 8;
const WINDOW_MS = 700;

const note = (line: string): void => appendFileSync(log, `${line};\n`);

let state = Number(random);
/** 0 to 1; the same for each run with a seed. */
function chance(): number {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return state / 2 ** 32;
}
const among = (count: number): number => Math.floor(chance() * count);

/** The clock of a machine that is wrong, until the module corrects it. */
class WrongClock extends Clock {
  private aheadMs = Number(skew);

  now(): number {
    return Date.now() + this.aheadMs;
  }

  override adjust(byMs: number): void {
    this.aheadMs += byMs;
  }

  setTimer(delayMs: number, callback: () => void): ReturnType<Clock['setTimer']> {
    const timer = setTimeout(callback, Math.min(Math.max(delayMs, 0), 2 ** 31 - 1));
    return { cancel: () => clearTimeout(timer) };
  }
}

/** The line that is written here stands for what a receiver took: a crash comes before it or behind it. */
class RecordingTransport implements Transport {
  readonly batching = true;

  async send(messages: readonly OutgoingMessage[]): Promise<readonly SendResult[]> {
    const results: SendResult[] = [];
    for (const { message } of messages) {
      const drawn = chance();
      const outcome = drawn < 0.03 ? 'retry' : drawn < 0.04 ? 'permanent' : 'accepted';
      const { closedBy = '-', dueAt = 0 } = message.window ?? {};
      const ids = message.entries.map(({ deliveryId }) => deliveryId).join(',');
      const { maxCount = 1 } = message.policy ?? {};
      const most = message.window === undefined ? 1 : maxCount;
      note(`S ${Date.now()} ${message.messageId} ${outcome} ${message.entries.length} ${most} ${closedBy} ${dueAt} ${ids}`);
      if (message.lane === 'critical') note(`L ${clock.now() - (message.entries[0]?.acceptedAt ?? 0)}`);
      const failure = { reason: 'temporarily_refused', message: 'chaos' } as const;
      results.push(outcome === 'accepted' ? { status: 'accepted' } : { status: 'failed', kind: outcome, failure });
    }
    await sleep(among(30));
    return results;
  }
}
NotificationTransport('chaos')(RecordingTransport);

const clock = new WrongClock();
const builder = Test.createTestingModule({
  imports: [
    NotificationModule.forRoot({
      store: { url },
      http: false,
      aggregation: {
        rules: [
          { type: 'digest', windowMs: WINDOW_MS, maxCount: MAX_COUNT },
          { type: 'direct', windowMs: 0, maxCount: 1 },
        ],
      },
      batch: { retryBaseMs: 100, timeoutMs: 50, maxSize: 50 },
    }),
  ],
  providers: [RecordingTransport],
});
const app = await builder.overrideProvider(Clock).useValue(clock).compile();
app.useLogger(false);

const run = { hasTraffic: true };
process.on('message', () => (run.hasTraffic = false));
process.on('disconnect', () => process.exit());
process.once('SIGTERM', () => {
  run.hasTraffic = false;
  void app.close().then(
    () => process.exit(0),
    () => process.exit(1),
  );
});

// A server that is restarting is waited for, as a supervisor would.
try {
  await app.init();
} catch {
  process.exit(3);
}
process.send?.('ready');
const queue = app.get(QueueService);

const hasTraffic = (): boolean => run.hasTraffic;

let number = 0;
function next(): Notification {
  const group = Math.floor(chance() ** 2 * GROUPS);
  const drawn = chance();
  const key = `${name}-${(number += 1)}`;
  const plain: Notification = { type: 'direct', channel: 'chaos', to: `user-${group}`, title: key, idempotencyKey: key };
  if (drawn < 0.08) return { ...plain, priority: 'critical' };
  if (drawn < 0.4) return plain;
  const gathered = { ...plain, type: 'digest' };
  if (drawn < 0.45) return { ...gathered, dedupeKey: `d${among(5)}` };
  if (drawn < 0.5) return { ...gathered, expiresAt: new Date(clock.now() + 1_500).toISOString() };
  if (drawn < 0.53) return { ...plain, sendAt: new Date(clock.now() + among(2_000)).toISOString() };
  return gathered;
}

function answered(key: string, { deliveries }: AcceptedNotification): string {
  const [delivery] = deliveries;
  note(`A ${key} ${delivery?.id} ${delivery?.messageId}`);
  return delivery?.id ?? '';
}

/** Says it again, with its key, until it is answered: that is how a caller finds out whether it was kept. */
async function accept(notification: Notification): Promise<void> {
  const key = notification.idempotencyKey ?? '';
  for (let attempt = 0; run.hasTraffic || attempt === 0; attempt++) {
    try {
      const id = answered(key, await queue.enqueue(notification));
      if (chance() < 0.1) answered(key, await queue.enqueue(notification));
      if (chance() < 0.03) {
        const cancelled = await queue.cancel(id).then(
          ({ state: now }) => now === 'cancelled',
          () => false,
        );
        if (cancelled) note(`C ${id}`);
      }
      return;
    } catch {
      await sleep(50);
    }
  }
}

async function acceptInTransactions(): Promise<void> {
  while (hasTraffic()) {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000, query_timeout: 10_000 });
    client.on('error', () => undefined);
    try {
      await client.connect();
      while (hasTraffic()) {
        const notification = next();
        await client.query('BEGIN');
        const { deliveries } = await queue.enqueue(notification, { tx: fromPg(client) });
        const isKept = chance() < 0.7;
        const end = await client.query(isKept ? 'COMMIT' : 'ROLLBACK');
        const id = deliveries[0]?.id ?? '';
        if (isKept && end.command === 'COMMIT') note(`T ${notification.idempotencyKey} ${id}`);
        if (!isKept) note(`R ${id}`);
        await sleep(50);
      }
    } catch {
      await sleep(100);
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}

void acceptInTransactions();
while (run.hasTraffic) {
  await Promise.race([Promise.all(Array.from({ length: 1 + among(20) }, () => accept(next()))), sleep(2_000)]);
  await sleep(20 + among(60));
}
