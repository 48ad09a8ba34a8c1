import { describe, expect, it } from '@jest/globals';
import { AUTHORIZED } from '../support/canaries.js';
import { type Answer, ADAPTERS, HttpApplication } from '../support/http-application.js';

const ANN = { addresses: { email: 'ann@example.com' }, timeZone: 'Europe/Vienna', name: 'Ann' };
const comment = (title: string) => ({ type: 'comment', channel: 'email', to: 'user:42', title });

function pathsOf({ json }: Answer): readonly string[] {
  return (json['errors'] as readonly { readonly path: string }[]).map(({ path }) => path);
}

describe.each(ADAPTERS)('the routes of recipients on %s', (adapter) => {
  it('store a person, change preferences, and show and send what waits', async () => {
    const http = await HttpApplication.mount(adapter, { recipients: {}, http: true });
    const put = (): Promise<Answer> => http.request('PUT', '/recipients/42', ANN);
    expect([(await put()).status, (await put()).status]).toEqual([201, 200]);
    const found = await http.get('/recipients/42');
    expect(found.json).toMatchObject({ id: '42', name: 'Ann', addresses: { email: 'a…@example.com' }, preferences: {} });
    const etag = found.headers.get('etag') ?? '';

    const daily = { choices: [{ channel: 'email', frequency: 'daily' }], digestAt: '18:00' };
    const changed = await http.request('PATCH', '/recipients/42/preferences', daily, { 'If-Match': etag });
    expect(changed.json).toEqual({ preferences: daily, replanned: { sent: 0, moved: 0, cancelled: 0, unchanged: 0 } });
    expect((await http.request('PATCH', '/recipients/42/preferences', daily, { 'If-Match': etag })).status).toBe(412);
    const patch = { 'Content-Type': 'application/merge-patch+json' };
    const merged = await http.request(
      'PATCH',
      '/recipients/42/preferences',
      JSON.stringify({ digestAt: null, digestOn: 2 }),
      patch,
    );
    expect(merged.json['preferences']).toEqual({ choices: daily.choices, digestOn: 2 });

    const accepted = await http.post('', comment('a'));
    expect(accepted.status).toBe(202);
    const [delivery] = accepted.json['deliveries'] as readonly { readonly id: string; readonly to: string }[];
    expect(delivery?.to).toBe('user:42');
    expect((await http.get(`/deliveries/${delivery?.id}`)).json['plan']).toMatchObject({ frequency: 'daily', from: 'person' });
    const { items } = (await http.get('/recipients/42/waiting')).json;
    expect(items).toMatchObject([{ count: 1, frequency: 'daily', heldBy: 'frequency' }]);

    expect((await http.post('/recipients/42/mute', { groupKey: 'post-7' })).status).toBe(200);
    expect((await http.request('DELETE', '/recipients/42/mute?groupKey=post-7')).json['preferences']).not.toHaveProperty(
      'mutedKeys',
    );
    expect((await http.post('/recipients/42/flush')).json).toEqual({ flushed: 1 });
    expect((await http.request('DELETE', '/recipients/42')).status).toBe(202);
    expect((await http.get('/recipients/42')).status).toBe(404);
  });

  it('name every wrong field', async () => {
    const http = await HttpApplication.mount(adapter, { recipients: {}, http: true });
    const patched = await http.request('PATCH', '/recipients/42/preferences', {
      digestAt: '9',
      hours: [{ from: '07:00' }],
      colour: 1,
    });
    expect([patched.status, pathsOf(patched)]).toEqual([400, ['colour', 'hours.0.to', 'digestAt']]);
    const put = await http.request('PUT', '/recipients/42', { addresses: { email: 'nobody' } });
    expect([put.status, pathsOf(put)]).toEqual([400, ['addresses.email']]);
    expect((await http.post('', { ...comment('a'), to: 'user:' })).status).toBe(400);
  });

  it('what was read on one channel leaves the others', async () => {
    const http = await HttpApplication.mount(adapter, { recipients: {}, http: true });
    await http.request('PUT', '/recipients/42', ANN);
    const channels = ['sse', { channel: 'email', afterMs: 600_000, unless: 'read' }];
    const { channel: _only, ...rest } = comment('a');
    const accepted = await http.post('', { ...rest, channels });
    const [sse, email] = accepted.json['deliveries'] as readonly { readonly id: string }[];
    expect((await http.post(`/deliveries/${sse?.id}/read`)).status).toBe(200);
    expect((await http.get(`/deliveries/${email?.id}`)).json).toMatchObject({
      notificationId: accepted.json['notificationId'],
      state: 'cancelled',
      reason: 'read',
      plan: { afterMs: 600_000 },
    });
    await http.post('', { ...rest, channels });
    expect(await http.post('/recipients/42/read', {})).toMatchObject({ status: 200 });
    expect((await http.post('/recipients/42/read', { before: 'noon', colour: 1 })).status).toBe(400);
    expect((await http.post('/recipients/43/read', {})).status).toBe(404);
    expect((await http.get('/recipients/42/waiting')).json['items']).toEqual([]);
  });

  it('a stream of a user has what is for the recipient of that id', async () => {
    const http = await HttpApplication.mount(adapter, { recipients: {}, http: true });
    await http.request('PUT', '/recipients/42', ANN);
    const stop = new AbortController();
    const response = await fetch(`${http.base}/stream?user=42`, { headers: AUTHORIZED, signal: stop.signal });
    await http.post('', { ...comment('in the stream'), channel: 'sse' });
    let text = '';
    for await (const chunk of response.body ?? []) {
      text += Buffer.from(chunk).toString();
      if (text.includes('in the stream')) break;
    }
    stop.abort();
    expect(text).toContain('in the stream');
  });
});
