import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NestFactory } from '@nestjs/core';
import {
  BatchAggregationService,
  BatchProcessorService,
  MaintenanceService,
  type Notification,
  NotificationModule,
  QueueService,
  StatisticsService,
} from '../../dist/index.js';

const PENDING = 200_000;
/** Processor time that a call may hold the event loop for between two turns. */
export const MAX_HOLD_MS = 50;

/** The most processor time between two turns of the event loop during each command and page of an operator, with 200 000 deliveries pending, ms. */
export async function commandDelays(): Promise<ReadonlyMap<string, number>> {
  const folder = await mkdtemp(join(tmpdir(), 'soak-'));
  const rules = [
    { type: 'direct', windowMs: 0, maxCount: 1 },
    { type: 'gathered', windowMs: 86_400_000, maxCount: 1_000 },
  ];
  const app = await NestFactory.createApplicationContext(
    NotificationModule.forRoot({
      store: { path: join(folder, 'store.db') },
      email: { mailbox: true },
      aggregation: { rules },
    }),
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Nest types its options as a class
    { logger: false },
  );
  const [queue, aggregation, maintenance] = [
    app.get(QueueService),
    app.get(BatchAggregationService),
    app.get(MaintenanceService),
  ];
  await app.get(BatchProcessorService).pause('email');
  await queue.enqueueMany(notifications());
  const delays = new Map<string, number>();
  const measure = async (name: string, work: () => Promise<unknown>): Promise<void> => {
    const turns = new Turns();
    await work().catch(() => undefined);
    delays.set(name, await turns.stop());
  };
  await measure('windows, 200 of them', () => aggregation.inspect({ limit: 200 }));
  await measure('windows?q=', () => aggregation.inspect({ q: 'nothing like it' }));
  await measure('deliveries?state=', () => queue.deliveries({ state: 'expired' }));
  await measure('deliveries?address=', () => queue.deliveries({ address: 'reader-7@example.com', limit: 200 }));
  await measure('stats', () => app.get(StatisticsService).statistics());
  await measure('stats/addresses', () => app.get(StatisticsService).addresses('email'));
  await measure('cancel by a key that nobody has', () => queue.cancelAll({ groupKey: 'nobody' }));
  await measure('cancel by a key', () => queue.cancelAll({ groupKey: 'group-7' }));
  await aggregation.setRules([{ type: 'gathered', windowMs: 80_000_000, maxCount: 900 }]);
  await measure('windows/apply-rules', () => aggregation.applyRules());
  await measure('forget', () => maintenance.forget('email', 'reader-9@example.com'));
  await measure('flush', () => aggregation.flush());
  await measure('cleanup', () => maintenance.cleanup({ olderThanMs: 0 }));
  await app.close();
  await rm(folder, { recursive: true });
  return delays;
}

/** Watches the turns of the event loop. */
class Turns {
  private most = 0;
  private running = true;
  private readonly done: Promise<void>;

  constructor() {
    this.done = this.watch();
  }

  async stop(): Promise<number> {
    this.running = false;
    await this.done;
    return this.most;
  }

  private async watch(): Promise<void> {
    while (this.running) {
      const before = process.cpuUsage();
      await new Promise((resolve) => setImmediate(resolve));
      const { user, system } = process.cpuUsage(before);
      this.most = Math.max(this.most, (user + system) / 1_000);
    }
  }
}

function* notifications(): Generator<Notification> {
  for (let i = 0; i < PENDING; i++) {
    yield {
      type: i % 5 === 0 ? 'direct' : 'gathered',
      channel: 'email',
      to: `reader-${i % 40_000}@example.com`,
      title: `Number ${i}`,
      body: 'x'.repeat(200),
      ...(i % 10 === 0 ? { groupKey: `group-${i % 1_000}` } : {}),
    };
  }
}
