import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ADAPTERS, type Answer, HttpApplication } from '../support/http-application.js';

const notification = { type: 'system_update', channel: 'email', to: 'ann@example.com', title: 'Version 2' };
const json = { 'Content-Type': 'application/json' };
const ndjson = { 'Content-Type': 'application/x-ndjson' };
const gzip = { 'Content-Encoding': 'gzip' };
const deep = (levels: number): string => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;

/** Routes that read a JSON body, with one that each of them takes. */
const BODIES: readonly (readonly [string, string, object])[] = [
  ['POST', '', notification],
  ['POST', '/cancel', { groupKey: 'nobody' }],
  ['POST', '/flush', {}],
  ['POST', '/dead/replay', {}],
  ['POST', '/stream/tickets', { user: 'ann' }],
  ['PUT', '/rules', { rules: [] }],
];
/** Routes that read none. */
const NO_BODY: readonly (readonly [string, string])[] = [
  ['POST', '/channels/email/pause'],
  ['POST', '/channels/email/resume'],
  ['POST', '/windows/m-1/flush'],
  ['POST', '/deliveries/d-1/read'],
  ['DELETE', '/deliveries/d-1'],
  ['DELETE', '/rules'],
];

function expectStatus(answer: Answer, status: number, what: string): void {
  expect([what, answer.status, answer.headers.get('content-type')]).toEqual([
    what,
    status,
    expect.stringMatching(/^application\/problem\+json/),
  ]);
}

describe.each(['stand-alone', ...ADAPTERS] as const)('bodies, %s', (kind) => {
  let http: HttpApplication;
  beforeAll(async () => {
    http = kind === 'stand-alone' ? await HttpApplication.start() : await HttpApplication.mount(kind);
  });
  afterAll(() => http.close());

  it.each(BODIES)('%s %s refuses what it does not know, at any depth, and null', async (method, path, body) => {
    const members = ['chanel', 'constructor', '__proto__', 'toString', 'hasOwnProperty', 'x'];
    for (const name of members) {
      for (const value of ['"1"', '{"constructor":"1"}', deep(5_000), 'null']) {
        const text = JSON.stringify(body).replace(/\}$/, `${Object.keys(body).length > 0 ? ',' : ''}"${name}":${value}}`);
        const answer = await http.request(method, path, text, json);
        expect([name, value.slice(0, 20), answer.status]).toEqual([name, value.slice(0, 20), 400]);
      }
    }
    for (const name of Object.keys(body)) {
      for (const value of ['null', '{"constructor":{"constructor":1}}', deep(5_000), '[[1]]', '[{"toString":1}]']) {
        const answer = await http.request(method, path, JSON.stringify({ ...body, [name]: '?' }).replace('"?"', value), json);
        expect([name, value.slice(0, 20), answer.status]).toEqual([name, value.slice(0, 20), 400]);
      }
    }
  });

  it.each(['channel', 'type', 'address', 'groupKey', 'dedupeKey', 'idempotencyKey', 'ids', 'reason', 'ttlMs'])(
    'null for %s is 400 wherever the field is known, and nothing is done',
    async (name) => {
      for (const path of ['/flush', '/dead/replay', '/cancel', '/stream/tickets', '']) {
        expectStatus(await http.post(path, { ...(path === '' ? notification : {}), [name]: null }), 400, `${path} ${name}`);
      }
    },
  );

  it.each(BODIES)('%s %s takes only JSON: anything else is 415', async (method, path, body) => {
    const text = JSON.stringify(body);
    for (const type of ['application/x-www-form-urlencoded', 'text/plain']) {
      expectStatus(await http.request(method, path, text, { 'Content-Type': type }), 415, `${path} as ${type}`);
    }
    // The parser of the host may refuse these itself, in its own words.
    for (const type of ['application/json; charset=latin1', 'application/xml', 'application/vnd.api+json']) {
      expect((await http.request(method, path, text, { 'Content-Type': type })).status).toBe(415);
    }
  });

  it.each(BODIES)('%s %s takes gzip', async (method, path, body) => {
    const bytes = gzipSync(JSON.stringify(body));
    const plain = await http.request(method, path, body);
    const packed = await http.request(method, path, bytes, { ...json, ...gzip });
    expect([path, packed.status]).toEqual([path, plain.status]);
    expect((await http.request(method, path, 'no gzip', { ...json, ...gzip })).status).toBe(400);
  });

  it('limits what comes out of gzip, not what went in', async () => {
    const bytes = gzipSync(JSON.stringify({ ...notification, body: 'x'.repeat(8 * 1024 * 1024) }));
    expect(bytes.length).toBeLessThan(20_000);
    expect((await http.post('', bytes, { ...json, ...gzip })).status).toBe(413);
  });

  it('refuses bytes that are not UTF-8', async () => {
    const [before, after] = JSON.stringify({ ...notification, title: '?' }).split('?');
    const bytes = Buffer.concat([Buffer.from(before ?? ''), Buffer.from([0xff, 0xfe]), Buffer.from(after ?? '')]);
    expect((await http.post('', bytes, json)).status).toBe(400);
    expect((await http.post('', gzipSync(bytes), { ...json, ...gzip })).status).toBe(400);
    expect((await http.post('', { ...notification, title: 'Größe 🚀' })).status).toBe(202);
  });

  it.each(NO_BODY)('%s %s takes no body', async (method, path) => {
    expectStatus(await http.request(method, path, { channel: 'email' }), 400, path);
    expectStatus(await http.request(method, path, 'x=1', { 'Content-Type': 'application/x-www-form-urlencoded' }), 415, path);
    expect((await http.request(method, path, {})).status).not.toBe(400);
  });

  it('POST /bulk takes NDJSON, plain and with gzip', async () => {
    const lines = [JSON.stringify(notification), '{oops', JSON.stringify({ ...notification, to: 'bob@example.com' })].join('\n');
    const report = { accepted: 2, duplicates: 0, rejected: 1 };
    expect(await http.post('/bulk', lines, ndjson)).toMatchObject({ status: 200, json: report });
    expect(await http.post('/bulk', gzipSync(lines), { ...ndjson, ...gzip })).toMatchObject({ status: 200, json: report });
    expectStatus(await http.post('/bulk', notification), 415, 'JSON');
    expectStatus(await http.post('/bulk', 'no gzip', { ...ndjson, ...gzip }), 400, 'no gzip');
    expectStatus(await http.post('/bulk', lines, { ...ndjson, 'Content-Encoding': 'br' }), 415, 'brotli');
  });

  it('POST /bulk keeps the lines before a place where gzip breaks off, and says where it was', async () => {
    const lines = Array.from({ length: 2_000 }, (_, i) => JSON.stringify({ ...notification, to: `u${i * 7919}@example.com` }));
    const whole = gzipSync(lines.join('\n'));
    const answer = await http.post('/bulk', whole.subarray(0, whole.length - 2_000), { ...ndjson, ...gzip });
    expect(answer).toMatchObject({ status: 200, json: { rejected: 1 } });
    const [error] = answer.json['errors'] as readonly { readonly line: number; readonly message: string }[];
    expect(answer.json['accepted']).toBe((error?.line ?? 0) - 1);
    expect(error?.message).toContain('could not be decompressed');
  });

  it.each([
    'limit=0x10',
    'limit=1e2',
    'limit=%205',
    'limit=+5',
    'limit=5&limit=6',
    'constructor=1',
    '__proto__=1',
    'chanel=email',
  ])('refuses the query %s', async (query) => expectStatus(await http.get(`/windows?${query}`), 400, query));

  it.each(['from=-5', 'to=foo%207', 'from=2027-02-30', 'to=2026-11-31T00:00:00Z', 'stepMs=1e6'])(
    'refuses the history of %s',
    async (query) => expectStatus(await http.get(`/stats/history?${query}`), 400, query),
  );
});
