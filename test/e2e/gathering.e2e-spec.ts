import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type INestApplicationContext } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { BatchAggregationService, HealthService, type Notification, QueueService, StatisticsService } from '../../src/index.js';
import { createNotificationTestingModule, type NotificationTesting } from '../../src/testing.js';

const MINUTE = 60_000;

/** What gathers with what, through the whole module. */
describe('gathering', () => {
  let notifications: NotificationTesting;
  let app: INestApplicationContext;
  const send = async (over: Partial<Notification>) => {
    const { deliveries } = await app
      .get(QueueService)
      .enqueue({ type: 'note', channel: 'email', to: 'ann@example.com', title: 'Note', ...over });
    return deliveries[0];
  };
  const titlesOf = (channel: string): readonly (readonly string[])[] =>
    notifications.transport(channel).sent.map(({ titles }) => titles);

  beforeEach(async () => {
    notifications = createNotificationTestingModule({
      aggregation: { rules: [{ type: 'server', windowMs: MINUTE, maxCount: 9, dedupeBy: 'data.server' }] },
      perChannel: { slack: { maxAddresses: 2 } },
    });
    app = await (await Test.createTestingModule({ imports: [notifications.module] }).compile()).init();
  });
  afterEach(() => app.close());

  it('a Slack channel gets one message of what is unlike, and a dedupeKey replaces whatever the text', async () => {
    for (const title of ['disk full', 'lunch noon']) await send({ channel: 'slack', to: 'C0123456', type: 'alert', title });
    expect((await app.get(BatchAggregationService).inspect({ channel: 'slack' })).items).toHaveLength(1);
    await notifications.advance(5 * MINUTE);
    const keyed = { channel: 'slack', to: 'C0123456', type: 'alert', dedupeKey: 's3' };
    await send({ ...keyed, title: 'Server 3 is down' });
    await send({ ...keyed, title: 'Recovered: all checks pass again' });
    await notifications.advance(5 * MINUTE);
    expect(titlesOf('slack')).toEqual([['disk full', 'lunch noon'], ['Recovered: all checks pass again']]);
  });

  it('a rule takes the dedupeKey from the data; an idempotency key covers what was said, whatever the rule', async () => {
    const server = (title: string, name: string) => ({ type: 'server', title, data: { server: name } });
    const first = await send({ ...server('down', 's1'), idempotencyKey: 'k' });
    await send(server('down', 's2'));
    await send(server('up again', 's1'));
    await send({ ...server('kept apart', 's1'), dedupeKey: 'own' });
    await app.get(BatchAggregationService).setRules([]);
    expect(await send({ ...server('down', 's1'), idempotencyKey: 'k' })).toEqual({ ...first, duplicate: true });
    await notifications.advance(MINUTE);
    expect(titlesOf('email')).toEqual([['down', 'up again', 'kept apart']]);
  });

  it('what has expired when it comes is counted, and what would expire goes before', async () => {
    const at = notifications.clock.now();
    const late = await send({ expiresAt: new Date(at - 1) });
    expect(await app.get(QueueService).find(late?.id ?? '')).toMatchObject({ state: 'expired', reason: 'expired' });
    await send({ expiresAt: new Date(at + MINUTE), title: 'brief' });
    await notifications.advance(MINUTE - 6_000);
    expect(titlesOf('email')).toEqual([['brief']]);
  });

  it('the limit of Slack channels that gather is kept, and health says how near it is', async () => {
    for (const to of ['C0000001', 'C0000002', 'C0000003']) await send({ channel: 'slack', to });
    await notifications.advance(0);
    expect(notifications.transport('slack').sent.map(({ address }) => address)).toEqual(['C0000001']);
    const health = await app.get(HealthService).report();
    expect(JSON.stringify(health)).toContain('slack gathers for 2 of 2 addresses');
  });

  it('reads a mail in the language of its newest notification that says one', async () => {
    await send({ locale: 'de' });
    await send({ title: 'Second' });
    const [window] = (await app.get(BatchAggregationService).inspect()).items;
    const preview = await app.get(BatchAggregationService).preview(window?.messageId ?? '');
    expect(JSON.stringify(preview.messages)).toContain('lang=\\"de\\"');
  });

  it('an in-app event may have only data', async () => {
    await send({ channel: 'sse', to: 'ann', title: undefined, data: { progress: 7 } });
    await notifications.advance(100);
    const [sent] = notifications.transport('sse').sent;
    expect(sent?.content).toMatchObject({ events: [{ type: 'note', data: { progress: 7 } }] });
    expect(JSON.stringify(sent?.content)).not.toContain('title');
    await expect(send({ title: undefined })).rejects.toThrow('title: got nothing; must be one line');
  });

  it('counts burst digests', async () => {
    await app.get(BatchAggregationService).setRules([{ windowMs: 0, maxCount: 1, burst: { perAddress: 1, windowMs: MINUTE } }]);
    for (const title of ['a', 'b', 'c']) await send({ title });
    await notifications.advance(MINUTE);
    expect((await app.get(StatisticsService).statistics()).aggregation.bursts.messages).toBe(1);
  });
});
