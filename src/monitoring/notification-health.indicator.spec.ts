import { describe, expect, it } from '@jest/globals';
import { type HealthService } from './health.service.js';
import { NotificationHealthIndicator } from './notification-health.indicator.js';

const store = { status: 'ok', detail: 'x' } as const;

function indicatorOf(status: 'ok' | 'error'): NotificationHealthIndicator {
  const shuttingDown = status === 'error';
  const health = {
    report: () => Promise.resolve({ status, shuttingDown, store, channels: {} }),
    readiness: () => Promise.resolve({ status, shuttingDown, store }),
  };
  return new NotificationHealthIndicator(health as unknown as HealthService);
}

describe('NotificationHealthIndicator', () => {
  it('is up with the parts of the report while it is ok', async () => {
    expect(await indicatorOf('ok').isHealthy()).toEqual({
      notifications: { status: 'up', shuttingDown: false, store, channels: {} },
    });
    expect(await indicatorOf('ok').isReady('queue')).toEqual({ queue: { status: 'up', shuttingDown: false, store } });
  });

  it('is down while it is not', async () => {
    expect(await indicatorOf('error').isHealthy('mail')).toMatchObject({ mail: { status: 'down', shuttingDown: true } });
    expect(await indicatorOf('error').isReady()).toMatchObject({ notifications: { status: 'down' } });
  });
});
