import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type INestApplicationContext, Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { MaintenanceService } from '../jobs/maintenance.service.js';
import { InvalidRequestError, NotFoundError } from '../model/errors.js';
import { NotificationEvents } from '../model/notification-events.js';
import { HARD_BOUNCE_MS } from '../model/suppression.js';
import { QueueService } from '../queue/queue.service.js';
import { createNotificationTestingModule, type NotificationTesting } from '../testing/notification-testing.js';
import { type SendResult } from '../transports/transport.js';
import { SuppressionService } from './suppression.service.js';

Logger.overrideLogger(false);
const update = { type: 'system_update', channel: 'email', to: 'ann@example.com', title: 'Version 2' };
const ANN = { channel: 'email', address: update.to };
const REFUSAL = {
  status: 'failed',
  kind: 'permanent',
  failure: { reason: 'address_rejected', message: '550 5.1.1 no such\tuser' },
} as const satisfies SendResult;
const BOUNCE: SendResult = { ...REFUSAL, addressBounced: true };

describe('SuppressionService', () => {
  let testing: NotificationTesting;
  let app: INestApplicationContext;
  let suppressions: SuppressionService;
  let queue: QueueService;

  beforeEach(async () => {
    testing = createNotificationTestingModule({
      recipients: { required: ['security'] },
      // No timer goes off thousands of times within 30 days.
      monitoring: false,
      cleanup: { intervalMs: 0 },
      health: { intervalMs: 0 },
    });
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Nest types its options as a class
    app = await NestFactory.createApplicationContext(testing.module, { logger: false });
    suppressions = app.get(SuppressionService);
    queue = app.get(QueueService);
  });
  afterEach(() => app.close());

  const idOf = async (over: object = {}): Promise<string> =>
    (await queue.enqueue({ ...update, ...over })).deliveries[0]?.id ?? '';
  const endOf = async (id: string) => {
    const found = await queue.find(id);
    return [found?.state, found?.reason];
  };

  it('a hard bounce ends the address for 30 days: nothing waits for it, nothing is sent to it, and other channels go on', async () => {
    testing.transport('email').answerWith(() => BOUNCE);
    const waiting = await idOf();
    const refused = await idOf({ priority: 'critical' });
    await testing.settled();
    expect(await endOf(refused)).toEqual(['dead', 'address_rejected']);
    expect(await endOf(waiting)).toEqual(['cancelled', 'suppressed']);
    expect(await endOf(await idOf({ to: 'ann@EXAMPLE.com' }))).toEqual(['cancelled', 'suppressed']);
    expect(await endOf(await idOf({ channel: 'push' }))).toEqual(['gathering', undefined]);
    expect((await suppressions.list()).items).toMatchObject([
      { channel: 'email', address: 'ann@example.com', reason: 'hard_bounce', note: '550 5.1.1 no such user' },
    ]);
    testing.transport('email').reset();
    const urgent = await idOf({ priority: 'critical' });
    await testing.settled();
    expect(await endOf(urgent)).toEqual(['delivered', undefined]);
    testing.clock.advance(HARD_BOUNCE_MS);
    await testing.settled();
    expect((await suppressions.list()).items).toEqual([]);
    expect(await endOf(await idOf())).toEqual(['gathering', undefined]);
  });

  it('a refusal that says nothing of the address suppresses nothing', async () => {
    testing.transport('email').answerWith(() => REFUSAL);
    await idOf({ priority: 'critical' });
    await testing.settled();
    expect((await suppressions.list()).items).toEqual([]);
  });

  it('a complaint holds until it is removed, stops what is critical, and lets required types through', async () => {
    const suppressed: unknown[] = [];
    app.get(NotificationEvents).on('suppressed', (event) => suppressed.push(event));
    const ids = [await idOf(), await idOf({ type: 'reminder' })];
    const required = await idOf({ type: 'security' });
    const result = await suppressions.suppress({ channel: 'email', address: 'Ann@x.EXAMPLE', reason: 'complaint' });
    expect(result).toMatchObject({ address: 'Ann@x.example', cancelled: 0 });
    const complaint = await suppressions.suppress({ ...ANN, reason: 'complaint', note: 'by SES' });
    expect(complaint).toEqual({
      channel: 'email',
      address: update.to,
      reason: 'complaint',
      note: 'by SES',
      at: new Date(testing.clock.now()).toISOString(),
      cancelled: 2,
    });
    for (const id of ids) expect(await endOf(id)).toEqual(['cancelled', 'suppressed']);
    expect(await endOf(await idOf({ priority: 'critical' }))).toEqual(['cancelled', 'suppressed']);
    await testing.advance(3_600_000);
    expect(await endOf(required)).toEqual(['delivered', undefined]);
    testing.clock.advance(HARD_BOUNCE_MS);
    await testing.settled();
    expect(await endOf(await idOf())).toEqual(['cancelled', 'suppressed']);
    await expect(suppressions.remove({ ...ANN, note: ' ' })).rejects.toThrow('must say why');
    await suppressions.remove({ channel: 'email', address: 'ann@EXAMPLE.com', note: 'asked for it by phone' });
    expect(await endOf(await idOf())).toEqual(['gathering', undefined]);
    await expect(suppressions.remove({ channel: 'email', address: update.to, note: 'again' })).rejects.toThrow(NotFoundError);
    expect((await suppressions.list({ ended: true, channel: 'email', address: update.to })).items).toMatchObject([
      { reason: 'complaint', removedNote: 'asked for it by phone', removedAt: expect.any(String) },
    ]);
    expect(suppressed).toMatchObject([{ address: 'Ann@x.example' }, { address: update.to, reason: 'complaint' }]);
  });

  it('an address that is erased stays suppressed', async () => {
    await suppressions.suppress({ ...ANN, reason: 'unsubscribe', note: update.to });
    await app.get(MaintenanceService).forget('email', update.to);
    expect(JSON.stringify(await suppressions.list({ ended: true }))).not.toContain('ann@');
    expect(await endOf(await idOf())).toEqual(['cancelled', 'suppressed']);
  });

  it('refuses what it cannot keep, and names it', async () => {
    const request = { channel: 'email', address: update.to, reason: 'complaint' } as const;
    const refused: readonly (readonly [object, string])[] = [
      [{ channel: 'pigeon' }, 'channel'],
      [{ address: 'nobody' }, 'address'],
      [{ address: '' }, 'address'],
      [{ reason: 'boredom' }, 'reason'],
      [{ note: 'two\nlines' }, 'note'],
      [{ note: 'x'.repeat(501) }, 'note'],
    ];
    for (const [over, path] of refused) {
      await expect(suppressions.suppress({ ...request, ...over })).rejects.toMatchObject({ errors: [{ path }] });
    }
    await expect(suppressions.list({ address: update.to })).rejects.toThrow(InvalidRequestError);
    await expect(suppressions.list({ adress: 'x' } as object)).rejects.toThrow('is unknown');
  });
});
