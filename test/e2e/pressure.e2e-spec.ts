import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Test } from '@nestjs/testing';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { QueueService } from '../../src/index.js';
import { createNotificationTestingModule, type NotificationTestingOptions } from '../../src/testing.js';
import { AppProcess } from '../support/app-process.js';

const MIB = 1024 * 1024;
const HOUR_MS = 3_600_000;

interface Stats {
  readonly counts: { readonly accepted: number; readonly byState: Record<string, number> };
  readonly aggregation: { readonly closed: Record<string, number> };
}
interface Windows {
  readonly items: readonly { readonly address: string; readonly count: number }[];
}

describe('memory that runs short', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'nestjs-digest-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  const start = (limitMb: number): Promise<AppProcess> =>
    AppProcess.start({
      STORE_PATH: join(directory, 'store.db'),
      AGGREGATION_WINDOW_MS: String(HOUR_MS),
      AGGREGATION_MAX_COUNT: '100000',
      MEMORY_PRESSURE_MB: String(limitMb),
    });
  const residentMb = async (app: AppProcess): Promise<number> => {
    const { memory } = (await app.get('/health')) as unknown as { memory: { rssBytes: number } };
    return memory.rssBytes / MIB;
  };

  it('G7 G8 is relieved by sending the largest windows early, and by slower intake', async () => {
    const idle = await start(0);
    const base = await residentMb(idle);
    await idle.stop('SIGTERM');

    const app = await start(Math.round(base) + 30);
    const lines = (round: number): string =>
      Array.from({ length: 1_000 }, (_, i) => {
        const to = i % 2 === 0 ? 'big@example.com' : `small${i}@example.com`;
        return JSON.stringify({ type: 'note', channel: 'email', to, title: `${round} ${i}`, body: 'x'.repeat(200) });
      }).join('\n');
    let stats = (await app.get('/stats')) as unknown as Stats;
    let sent = 0;
    for (; (stats.aggregation.closed['pressure'] ?? 0) === 0; sent++) {
      expect(sent).toBeLessThan(2_000);
      expect(await (await app.post('/bulk', lines(sent))).json()).toMatchObject({ accepted: 1_000 });
      stats = (await app.get('/stats')) as unknown as Stats;
    }
    expect(await residentMb(app)).toBeGreaterThan(base);
    expect(app.log).toMatch(/\d+ MiB are over MEMORY_PRESSURE_MB=\d+: the largest windows are sent early, intake waits/);
    const { items } = (await app.get('/windows?limit=200')) as unknown as Windows;
    expect(items.length).toBeGreaterThan(0);
    expect(Math.max(...items.filter(({ address }) => address.startsWith('big')).map(({ count }) => count), 0)).toBeLessThan(
      sent * 500,
    );
    const { accepted, byState } = stats.counts;
    expect(accepted).toBe(sent * 1_000);
    expect(Object.values(byState).reduce((sum, count) => sum + count, 0)).toBe(accepted);
    expect(await app.stop('SIGTERM')).toBe(0);
  });
});

describe('a queue that fills', () => {
  const open = async (options: NotificationTestingOptions) => {
    const testing = createNotificationTestingModule(options);
    const app = await (await Test.createTestingModule({ imports: [testing.module] }).compile()).init();
    const queue = app.get(QueueService, { strict: false });
    const say = (title: string, addresses = 1) =>
      queue.enqueue({
        type: 'note',
        channel: 'email',
        to: Array.from({ length: addresses }, (_, i) => `${title}${i}@example.com`),
        title,
      });
    return { testing, app, say };
  };

  it('G8 slows its callers, then refuses them, and a stop lets go of them', async () => {
    const { testing, app, say } = await open({ queue: { maxPending: 100 } });
    await say('crowd', 95);
    let answered = false;
    const slow = say('slow').then(() => (answered = true));
    await testing.advance(249);
    expect(answered).toBe(false);
    await testing.advance(1);
    await slow;
    const crowd = Promise.allSettled(['a', 'b', 'c', 'd', 'e', 'f'].map((title) => say(title)));
    await testing.advance(1_000);
    expect((await crowd).map((answer) => (answer.status === 'rejected' ? (answer.reason as Error).name : 'taken'))).toEqual([
      ...Array.from({ length: 4 }, () => 'taken'),
      ...Array.from({ length: 2 }, () => 'QueueFullError'),
    ]);
    await app.close();
  });

  it('a stop refuses who is made to wait', async () => {
    const { app, say } = await open({ queue: { maxPending: 100 } });
    await say('crowd', 95);
    const slow = say('slow');
    const refused = expect(slow).rejects.toThrow('shutting down');
    await app.close();
    await refused;
  });

  it('is told to HEALTH_ALERT_TO when it begins and when it is over, once each', async () => {
    const { testing, app, say } = await open({ queue: { maxPending: 10 }, health: { alertTo: 'slack:C0OPS' } });
    await say('crowd', 9);
    await testing.advance(90_000);
    const told = (): readonly string[] =>
      testing
        .transport('slack')
        .sent.flatMap(({ message }) => message.entries.map(({ content }) => `${content.title}: ${content.body}`));
    expect(told()).toEqual(['Notifications: limits is unhealthy (warning): 9 of QUEUE_MAX_PENDING=10 are pending']);
    await testing.advance(HOUR_MS);
    expect(told().slice(1)).toEqual(['Notifications: limits has recovered: no limit is near']);
    await app.close();
  });

  it('an address that is none of its channel stops the start', async () => {
    await expect(open({ health: { alertTo: 'pager:1' } })).rejects.toThrow(
      /HEALTH_ALERT_TO names the channel "pager"; registered are/,
    );
  });
});
