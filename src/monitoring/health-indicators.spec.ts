import { describe, expect, it } from '@jest/globals';
import { healthOver, STUCK_AFTER_MS } from '../../test/support/health-parts.js';
import { type HistoryRow } from '../storage/notification-store.js';

describe('health with a shared store', () => {
  const since = '2026-11-20T09:00:00.000Z';
  const instances = [{ channels: ['email'] }, { channels: ['slack'] }];

  it('takes work that nobody takes up as a warning, since each instance sees it', async () => {
    expect(await healthOver({ instances, dueIn: -STUCK_AFTER_MS - 1 }).service.report()).toMatchObject({
      status: 'ok',
      instance: 'a',
      windows: { status: 'warning', scope: 'store' },
    });
  });

  it('warns of a channel that no instance sends on', async () => {
    const counts = [
      { channel: 'slack', state: 'queued', count: 4 },
      { channel: 'sms', state: 'queued', count: 2 },
    ];
    const { channels } = await healthOver({ instances, counts }).service.report();
    expect(channels).toEqual({
      email: { status: 'ok', detail: 'in use' },
      sms: {
        status: 'warning',
        scope: 'store',
        detail: 'no instance sends on the channel sms; 2 deliveries wait for one',
        since,
      },
    });
  });

  it('warns of attempts that fail over all instances', async () => {
    const row = (name: string, value: number): HistoryRow => ({ at: 0, stepMs: 60_000, name, value });
    const history = [row('delivered.email', 5), row('retry.email', 10), row('dead.email', 5), row('retry.sms', 19)];
    expect((await healthOver({ instances, history }).service.report()).errors).toEqual({
      status: 'warning',
      scope: 'store',
      detail: 'attempts of the last minute that failed: email 75 % of 20',
      since,
    });
  });
});
