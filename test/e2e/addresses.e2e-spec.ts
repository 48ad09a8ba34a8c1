import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { HttpApplication } from '../support/http-application.js';

const CANONICAL = 'Ann@xn--bcher-kva.example';
const SPELLINGS = ['Ann@bücher.example', 'Ann@BÜCHER.Example', 'Ann@XN--BCHER-KVA.example', CANONICAL];

describe('an e-mail address', () => {
  let http: HttpApplication;
  beforeEach(async () => {
    http = await HttpApplication.start({ aggregation: { rules: [{ channel: 'email', windowMs: 60_000, maxCount: 50 }] } });
  });
  afterEach(() => http.close());

  const said = async (
    to: string | readonly string[],
    over: object = {},
  ): Promise<readonly { id: string; to: string; messageId: string }[]> => {
    const answer = await http.post('', { type: 'order', channel: 'email', to, title: 'x', ...over });
    expect(answer.status).toBe(202);
    return (answer.json as { deliveries: { id: string; to: string; messageId: string }[] }).deliveries;
  };

  it('gathers in one window however its domain is written, and is one of a list', async () => {
    const deliveries = [];
    for (const to of SPELLINGS) deliveries.push(...(await said(to)));
    expect(await said(SPELLINGS)).toHaveLength(1);
    expect(new Set(deliveries.map(({ messageId }) => messageId)).size).toBe(1);
    expect(new Set(deliveries.map(({ to }) => to))).toEqual(new Set([CANONICAL]));
    const [local] = await said(CANONICAL.replace('Ann', 'ann'));
    expect(local?.messageId).not.toBe(deliveries[0]?.messageId);
    expect((await http.get(`/deliveries/${deliveries[0]!.id}`)).json).toMatchObject({ to: CANONICAL });
  });

  it.each([true, false])('is found under each spelling, with its channel named: %s', async (named) => {
    const [delivery] = await said(SPELLINGS[0]!);
    const channel = named ? 'channel=email&' : '';
    for (const spelling of SPELLINGS) {
      const address = encodeURIComponent(spelling);
      expect((await http.get(`/windows?${channel}address=${address}`)).json).toMatchObject({ items: [{ address: CANONICAL }] });
      expect((await http.get(`/deliveries?${channel}address=${address}`)).json).toMatchObject({ items: [{ id: delivery!.id }] });
      expect((await http.get(`/stats/channels/email/${address}`)).json).toMatchObject({ address: CANONICAL, pending: 1 });
      expect(await http.get(`/dead?${channel}address=${address}`)).toMatchObject({ status: 200, json: { items: [] } });
    }
    const filter = { address: SPELLINGS[1], ...(named ? { channel: 'email' } : {}) };
    expect((await http.post('/flush', filter)).json).toMatchObject({ flushed: 1 });
  });

  it('has one content of an idempotency key however its domain is written', async () => {
    const [first] = await said(SPELLINGS[0]!, { idempotencyKey: 'k' });
    expect(await said(SPELLINGS[1]!, { idempotencyKey: 'k' })).toEqual([{ ...first, duplicate: true }]);
  });
});
