import { beforeEach, describe, expect, it } from '@jest/globals';
import { QueueFullError } from '../model/errors.js';
import { type Intake } from '../model/intake.js';
import { type Notification } from '../model/notification.js';
import { type HealthEntry } from '../monitoring/health-indicators.js';
import { type NotificationStore } from '../storage/notification-store.js';
import { AlertSender, type HealthPart } from './alert-sender.js';

const part = (name: string, status: HealthEntry['status']): HealthPart => ({
  name,
  entry: { status, detail: `${name} is ${status}` },
});

describe('AlertSender', () => {
  const sent: Notification[] = [];
  let full = false;
  const intake = {
    accept: (notification: Notification) => {
      if (full) return Promise.reject(new QueueFullError(10, 10, 1_000));
      sent.push(notification);
      return Promise.resolve({ deliveries: [] });
    },
  } as unknown as Intake;
  const settings = new Map<string, string | undefined>();
  const state = {
    get: (name: string) => Promise.resolve(settings.get(name)),
    update: (name: string, change: (value: string | undefined) => string | undefined) => {
      settings.set(name, change(settings.get(name)));
      return Promise.resolve(settings.get(name));
    },
  };
  let alerts: AlertSender;
  const titles = (): string[] => sent.splice(0).map(({ title = '' }) => title.replace('Notifications: ', ''));

  beforeEach(() => {
    sent.length = 0;
    full = false;
    settings.clear();
    alerts = open();
  });

  function open(): AlertSender {
    const health = { alertTo: { channel: 'email', address: 'ops@example.com' } };
    return new AlertSender(
      intake,
      { state } as unknown as NotificationStore,
      { health } as ConstructorParameters<typeof AlertSender>[2],
    );
  }

  it('tells after a restart that a part has recovered, once, also one that is not reported any more', async () => {
    await alerts.tell([part('store', 'error'), part('channel slack', 'warning'), part('limits', 'ok')]);
    expect(titles()).toEqual(['store is unhealthy (error)', 'channel slack is unhealthy (warning)']);
    alerts = open();
    await alerts.tell([part('store', 'error'), part('channel slack', 'warning'), part('limits', 'ok')]);
    expect(titles()).toEqual([]);
    alerts = open();
    await alerts.tell([part('store', 'ok'), part('limits', 'ok')]);
    expect(titles()).toEqual(['store has recovered', 'channel slack has recovered']);
    alerts = open();
    await alerts.tell([part('store', 'ok'), part('limits', 'ok')]);
    expect(titles()).toEqual([]);
  });

  it('leaves alone what others were told of and did not report as over', async () => {
    const isOurs = (name: string): boolean => !name.endsWith(' of b');
    await alerts.tell([part('memory of a', 'warning'), part('memory of b', 'warning')]);
    titles();
    await alerts.tell([part('limits', 'warning')], isOurs);
    expect(titles()).toEqual(['limits is unhealthy (warning)', 'memory of a has recovered']);
    expect(JSON.parse(settings.get('health alerts') ?? '')).toEqual({ limits: 'warning', 'memory of b': 'warning' });
  });

  it('tells though nothing of what was told before can be read', async () => {
    settings.set('health alerts', '{');
    await alerts.tell([part('store', 'error')]);
    expect(titles()).toEqual(['store is unhealthy (error)']);
  });

  it('tells the begin and the end of each part once, as critical notifications', async () => {
    await alerts.tell([part('store', 'ok'), part('channel email', 'error')]);
    expect(sent).toMatchObject([
      { channel: 'email', to: 'ops@example.com', priority: 'critical', body: 'channel email is error' },
    ]);
    await alerts.tell([part('store', 'error'), part('channel email', 'error')]);
    await alerts.tell([part('store', 'ok'), part('channel email', 'warning')]);
    await alerts.tell([part('store', 'ok'), part('channel email', 'ok')]);
    expect(titles()).toEqual([
      'channel email is unhealthy (error)',
      'store is unhealthy (error)',
      'store has recovered',
      'channel email is unhealthy (warning)',
      'channel email has recovered',
    ]);
  });

  it('tries again at the next look what could not be sent', async () => {
    full = true;
    await alerts.tell([part('limits', 'warning'), part('channel slack', 'error')]);
    full = false;
    await alerts.tell([part('limits', 'warning'), part('channel slack', 'error')]);
    expect(titles()).toEqual(['limits is unhealthy (warning)', 'channel slack is unhealthy (error)']);
    full = true;
    await alerts.tell([part('limits', 'ok'), part('channel slack', 'error')]);
    full = false;
    await alerts.tell([part('limits', 'ok'), part('channel slack', 'error')]);
    expect(titles()).toEqual(['limits has recovered']);
  });

  it('does not tell of the end of what nobody was told of', async () => {
    full = true;
    await alerts.tell([part('limits', 'warning')]);
    full = false;
    await alerts.tell([part('limits', 'ok')]);
    expect(titles()).toEqual([]);
  });
});
