import { describe, expect, it } from '@jest/globals';
import { type CanActivate } from '@nestjs/common';
import { type HttpOptions } from '../../src/config/http-options.js';
import { EventStream } from '../support/event-stream.js';
import { ADAPTERS, type Answer, HttpApplication } from '../support/http-application.js';

const [FIRST, SECOND, OTHER] = ['secret-number-1', 'secret-number-2', 'secret-number-3'];
const letsIn: CanActivate = { canActivate: () => true };

describe.each(ADAPTERS)('TICKET_SECRETS, on %s', (adapter) => {
  const mount = (http: HttpOptions): Promise<HttpApplication> => HttpApplication.mount(adapter, { http });
  const anonymous = { Authorization: '' };

  const ticketOf = async (http: HttpApplication): Promise<string> => {
    const answer = await http.post('/stream/tickets', { user: 'ann' }, anonymous);
    expect(answer.status).toBe(201);
    return encodeURIComponent(String(answer.json['ticket']));
  };
  const statusOf = async (http: HttpApplication, ticket?: string): Promise<number> => {
    const stream = await EventStream.open(`${http.base}/stream?user=ann${ticket === undefined ? '' : `&ticket=${ticket}`}`);
    stream.close();
    return stream.response.status;
  };

  it('the first signs and all verify, where there is no API token; a stream needs a ticket then', async () => {
    const http = await mount({ ticketSecrets: [FIRST, SECOND] });
    const tickets = await Promise.all([{ ticketSecrets: [FIRST] }, { ticketSecrets: [SECOND, FIRST] }].map(mount));
    for (const issuer of [http, ...tickets]) expect(await statusOf(http, await ticketOf(issuer))).toBe(200);
    const stranger = await mount({ ticketSecrets: [OTHER, FIRST] });
    expect(await statusOf(http, await ticketOf(stranger))).toBe(401);
    expect([await statusOf(http), await statusOf(http, 'none')]).toEqual([401, 401]);
  });

  it('an API token signs before them, and they verify still', async () => {
    const before = await mount({ ticketSecrets: [FIRST] });
    const http = await mount({ apiToken: OTHER, ticketSecrets: [FIRST] });
    expect(await statusOf(http, await ticketOf(before))).toBe(200);
    const answer: Answer = await http.post('/stream/tickets', { user: 'ann' }, { Authorization: `Bearer ${OTHER}` });
    expect(await statusOf(http, encodeURIComponent(String(answer.json['ticket'])))).toBe(200);
    expect(await statusOf(before, encodeURIComponent(String(answer.json['ticket'])))).toBe(401);
  });

  it('guards of the host let a reader in without a ticket; a bad one is refused', async () => {
    const http = await mount({ ticketSecrets: [FIRST], guards: [letsIn] });
    expect([await statusOf(http), await statusOf(http, await ticketOf(http)), await statusOf(http, 'none')]).toEqual([
      200, 200, 401,
    ]);
  });

  it('without any secret there are no tickets: 409 says what to set', async () => {
    const http = await mount({ open: true });
    const answer = await http.post('/stream/tickets', { user: 'ann' }, anonymous);
    expect(answer).toMatchObject({ status: 409, json: { code: 'conflict', detail: expect.stringContaining('TICKET_SECRETS') } });
  });
});
