import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { HttpApplication } from '../support/http-application.js';

const update = { type: 'system_update', channel: 'email', to: 'ann@example.com', title: 'Version 2 <b>is out</b>' };

describe('steering over HTTP', () => {
  let folder: string;
  let http: HttpApplication;
  const start = (): Promise<HttpApplication> => HttpApplication.start({ store: { path: join(folder, 'store.db') } });

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'nestjs-digest-'));
    http = await start();
  });
  afterEach(async () => {
    await http.close();
    rmSync(folder, { recursive: true });
  });

  async function accept(
    notification: object,
  ): Promise<{ readonly id: string; readonly messageId: string; readonly route: string }> {
    const answer = await http.post('', notification);
    expect(answer.status).toBe(202);
    return (answer.json as { deliveries: [{ id: string; messageId: string; route: string }] }).deliveries[0];
  }

  it('PUT /rules replaces the rules, also after a restart; open windows keep theirs until POST /windows/apply-rules', async () => {
    const { messageId } = await accept(update);
    const rules = [{ type: 'system_update', windowMs: 60_000, maxCount: 2 }];
    expect(await http.request('PUT', '/rules', rules)).toMatchObject({ status: 200, json: { rules } });
    expect((await http.get('/windows')).json).toMatchObject({ items: [{ messageId, maxCount: 10 }] });
    await http.close();
    http = await start();
    expect(await http.get('/rules')).toMatchObject({ json: { rules } });
    expect(await http.post('/windows/apply-rules')).toMatchObject({ status: 200, json: { closed: 0, changed: 1, unchanged: 0 } });
    expect((await http.get('/windows')).json).toMatchObject({ items: [{ messageId, maxCount: 2 }] });
    const delivered = http.ended('delivered', 2);
    await accept(update);
    await delivered;
    expect(await http.request('DELETE', '/rules')).toMatchObject({ status: 200, json: { rules: [] } });
    await accept(update);
    expect((await http.get('/windows')).json).toMatchObject({ items: [{ maxCount: 10 }] });
  });

  it('PUT /rules refuses with every wrong field, and leaves the rules as they were', async () => {
    const answer = await http.request('PUT', '/rules', [
      { type: 'alert', windowMs: -1, maxCount: 3 },
      { channel: 'pigeon', windowMs: 1_000, maxCount: 3 },
    ]);
    expect(answer).toMatchObject({ status: 400, json: { code: 'invalid_request' } });
    const paths = (answer.json['errors'] as { path: string }[]).map(({ path }) => path);
    expect(paths).toEqual(['rules[0].windowMs']);
    const channel = await http.request('PUT', '/rules', { rules: [{ channel: 'pigeon', windowMs: 1_000, maxCount: 3 }] });
    expect(channel.json['errors']).toMatchObject([{ path: 'rules[0].channel' }]);
    expect(await http.get('/rules')).toMatchObject({ json: { rules: [] } });
  });

  it('POST /deliveries/:id/read before the close takes it out of the digest; after it 409', async () => {
    const { id, messageId } = await accept(update);
    await accept({ ...update, title: 'Version 3' });
    expect(await http.post(`/deliveries/${id}/read`)).toMatchObject({
      status: 200,
      json: { state: 'cancelled', reason: 'read' },
    });
    expect((await http.get('/windows')).json).toMatchObject({
      items: [{ messageId, count: 1, items: [{ title: 'Version 3' }] }],
    });
    expect(await http.post(`/deliveries/${id}/read`)).toMatchObject({ status: 409 });
    expect(await http.post('/deliveries/none/read')).toMatchObject({ status: 404 });
  });

  it('POST /cancel cancels all of a key; 400 for none or two keys, 404 and 409 when there is nothing', async () => {
    await accept({ ...update, groupKey: 'project-7' });
    await accept({ ...update, groupKey: 'project-7', to: 'bob@example.com' });
    await accept({ ...update, idempotencyKey: 'order-91', groupKey: 'other' });
    expect(await http.post('/cancel', { groupKey: 'project-7' })).toMatchObject({ status: 200, json: { cancelled: 2, kept: 0 } });
    expect(await http.post('/cancel', { groupKey: 'project-7' })).toMatchObject({ status: 409, json: { code: 'conflict' } });
    expect(await http.post('/cancel', { idempotencyKey: 'order-91' })).toMatchObject({ status: 200, json: { cancelled: 1 } });
    expect(await http.post('/cancel', { idempotencyKey: 'order-92' })).toMatchObject({ status: 404 });
    expect(await http.post('/cancel', {})).toMatchObject({ status: 400 });
    expect(await http.post('/cancel', { groupKey: 'a', dedupeKey: 'b' })).toMatchObject({ status: 400 });
    expect(await http.post('/cancel', { groupkey: 'a' })).toMatchObject({ status: 400 });
  });

  it('GET /messages/:id tells its rule, why it closed, its deliveries and attempts, and what it looks like', async () => {
    const { id, messageId } = await accept(update);
    await accept({ ...update, title: 'Version 3' });
    expect(await http.get(`/messages/${messageId}`)).toMatchObject({
      status: 200,
      json: { messageId, state: 'gathering', count: 2, rule: { maxCount: 10 }, deliveries: [{ id }, {}], attempts: [] },
    });
    const delivered = http.ended('delivered', 2);
    await http.post('/flush');
    await delivered;
    const { json } = await http.get(`/messages/${messageId}`);
    expect(json).toMatchObject({ state: 'delivered', closedBy: 'flush', attemptCount: 1, attempts: [{ outcome: 'delivered' }] });
    const [{ content }] = json['messages'] as [{ content: { subject: string; text: string } }];
    expect(content.text).toContain('Version 3');
    expect((await http.get('/deliveries?state=delivered')).json['items']).toHaveLength(2);
    expect(await http.get('/messages/none')).toMatchObject({ status: 404 });
    expect((await http.get('/dead/groups')).json).toEqual({ items: [], dismissed: 0 });
    expect((await http.get('/stats/addresses?channel=email')).json).toMatchObject({ items: [{ deliveries: 2, messages: 1 }] });
    expect(await http.post('/dead/dismiss', {})).toMatchObject({ status: 202, json: { dismissed: 0 } });
  });

  it('GET /windows/:messageId/preview renders what would be sent, in each of its forms', async () => {
    const { messageId } = await accept(update);
    await accept({ ...update, title: 'Version 3' });
    const preview = await http.get(`/windows/${messageId}/preview`);
    expect(preview).toMatchObject({ status: 200, json: { messageId, count: 2, shape: 'digest', messages: [{ count: 2 }] } });
    const [{ content }] = preview.json['messages'] as [{ content: { subject: string; text: string; html: string } }];
    expect(content.subject).toContain('2');
    expect(content.text).toContain('Version 2 <b>is out</b>');
    expect(content.html).toContain('Version 2 &lt;b&gt;is out');
    expect(await http.get('/windows/none/preview')).toMatchObject({ status: 404 });
    await http.post(`/windows/${messageId}/flush`);
    expect(await http.get(`/windows/${messageId}/preview`)).toMatchObject({ status: 409 });
  });

  it('a burst limit lets so many pass and gathers the rest; the statistics say so', async () => {
    const rule = { type: 'login', channel: 'email', windowMs: 0, maxCount: 1, burst: { perAddress: 2, windowMs: 60_000 } };
    await http.request('PUT', '/rules', [rule]);
    const routes: string[] = [];
    for (let i = 0; i < 5; i++) routes.push((await accept({ ...update, type: 'login', title: `Login ${i}` })).route);
    expect(routes).toEqual(['batch', 'batch', 'aggregate', 'aggregate', 'aggregate']);
    expect((await http.get('/windows')).json).toMatchObject({ items: [{ burst: true }] });
    const delivered = http.ended('delivered', 3);
    await http.post('/flush');
    await delivered;
    expect((await http.get('/stats')).json).toMatchObject({ aggregation: { bursts: { messages: 1 } } });
  });
});
