import { describe, expect, it } from '@jest/globals';
import { resolveOptions } from '../config/resolve.js';
import { NotificationEvents } from '../model/notification-events.js';
import { EventLoopDelay } from '../monitoring/event-loop-delay.js';
import { type HealthEntry } from '../monitoring/health-indicators.js';
import { type HealthService } from '../monitoring/health.service.js';
import { type Instance } from '../storage/instance.js';
import { type AlertSender } from './alert-sender.js';
import { HealthJob } from './health.job.js';

const always = { leads: () => Promise.resolve(true) } as unknown as Instance;
const options = resolveOptions({}, {});
const alerts = { tell: () => Promise.resolve() } as unknown as AlertSender;

describe('HealthJob', () => {
  it('reports what changed, once', async () => {
    const ok: HealthEntry = { status: 'ok', detail: 'fine' };
    const bad: HealthEntry = { status: 'error', detail: 'down' };
    let email = ok;
    const health = {
      report: () =>
        Promise.resolve({
          store: ok,
          windows: ok,
          memory: ok,
          eventLoop: ok,
          processor: ok,
          batches: ok,
          errors: ok,
          limits: ok,
          channels: { email },
        }),
    };
    const events = new NotificationEvents();
    const told: string[] = [];
    events.on('healthChanged', ({ part, status }) => told.push(`${part} ${status}`));
    const job = new HealthJob(health as unknown as HealthService, new EventLoopDelay(), events, alerts, always, options);
    expect((await job.runOnce(1)).changed).toEqual([]);
    email = bad;
    expect((await job.runOnce(2)).changed).toEqual(['channel email']);
    expect((await job.runOnce(3)).changed).toEqual([]);
    email = ok;
    expect((await job.runOnce(4)).changed).toEqual(['channel email']);
    expect((await job.runOnce(5)).changed).toEqual([]);
    expect(told).toEqual(['channel email error', 'channel email ok']);
  });

  it('takes a channel that the report no longer has as recovered', async () => {
    const ok: HealthEntry = { status: 'ok', detail: 'fine' };
    let channels: Record<string, HealthEntry> = { slack: { status: 'warning', detail: '3 deliveries wait' } };
    const parts = { store: ok, windows: ok, memory: ok, eventLoop: ok, processor: ok, batches: ok, errors: ok, limits: ok };
    const health = { report: () => Promise.resolve({ ...parts, channels }) };
    const job = new HealthJob(
      health as unknown as HealthService,
      new EventLoopDelay(),
      new NotificationEvents(),
      alerts,
      always,
      options,
    );
    expect((await job.runOnce(1)).changed).toEqual(['channel slack']);
    channels = {};
    expect((await job.runOnce(2)).changed).toEqual(['channel slack']);
    expect((await job.runOnce(3)).changed).toEqual([]);
  });
});
