import { deflateSync, gzipSync } from 'node:zlib';
import { bodyFor, linesFor } from './bodies.ts';
import { type Random } from './random.ts';
import { oddText } from './values.ts';

/** A route as the application describes it. */
export interface Route {
  readonly method: string;
  /** With `{name}` where a value goes. */
  readonly path: string;
}

export interface FuzzRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | undefined;
}

const QUERY_NAMES = [
  'limit',
  'cursor',
  'channel',
  'type',
  'address',
  'q',
  'reason',
  'state',
  'from',
  'to',
  'stepMs',
  'user',
  'topic',
  'batch',
  'id',
];
const QUERY_VALUES = [
  '10',
  '0x10',
  '1e2',
  '201',
  'email',
  'alert',
  '2026-11-20',
  '-5',
  'foo 7',
  '2026-11-20T00:00:00Z',
  'true',
  'ann',
  'dead',
];
const TYPES = [
  'text/plain',
  'application/x-www-form-urlencoded',
  'application/json; charset=utf-16',
  'multipart/form-data; boundary=x',
  '',
  ';;;',
];
const ACCEPTS = ['*/*', 'text/html', 'application/json', 'text/html;q=0.1, application/json', 'x', ''];
const ORIGINS = ['null', 'http://evil.example', 'http://127.0.0.1', '://'];

/** A request for a route, most of them with something wrong. @param ids what was seen of ids so far */
export function requestFor(route: Route, token: string, ids: readonly string[], random: Random): FuzzRequest {
  const path = route.path.replaceAll(/\{[^}]+\}/g, (name) => segment(name, ids, random)) + query(random);
  const headers: Record<string, string> = {};
  if (!random.chance(0.05))
    headers['authorization'] = random.chance(0.05) ? `Basic ${oddText(random).slice(0, 50)}` : `Bearer ${token}`;
  if (random.chance(0.1)) headers['accept'] = random.pick(ACCEPTS);
  if (random.chance(0.05)) headers['origin'] = random.pick(ORIGINS);
  if (random.chance(0.05)) headers['sec-fetch-site'] = random.pick(['same-origin', 'cross-site', 'none', 'x']);
  if (random.chance(0.05)) headers['last-event-id'] = oddText(random);
  for (const [name, value] of Object.entries(headers)) headers[name] = headerText(value);
  const body = bodyless(route.method, random) ? undefined : encodedBody(route, headers, random);
  return { method: route.method, path, headers, body };
}

function encodedBody(route: Route, headers: Record<string, string>, random: Random): Buffer {
  const isBulk = route.path.endsWith('/bulk');
  let body = Buffer.from(isBulk ? linesFor(random) : bodyFor(route.path, random));
  if (random.chance(0.02))
    body = Buffer.concat([body.subarray(0, body.length / 2), Buffer.from([0xff, 0xfe]), body.subarray(body.length / 2)]);
  if (random.chance(0.003)) body = Buffer.concat([body, Buffer.alloc(random.pick([5, 9]) * 1024 * 1024, 0x20)]);
  headers['content-type'] = random.chance(0.05) ? random.pick(TYPES) : isBulk ? 'application/x-ndjson' : 'application/json';
  switch (random.below(20)) {
    case 0:
    case 1:
      headers['content-encoding'] = 'gzip';
      return gzipSync(body);
    case 2:
      headers['content-encoding'] = random.pick(['gzip', 'deflate', 'br', 'x']);
      return random.chance(0.5) ? deflateSync(body) : body;
    case 3: {
      headers['content-encoding'] = 'gzip';
      const packed = gzipSync(body);
      return packed.subarray(0, random.below(packed.length));
    }
    default:
      return body;
  }
}

function bodyless(method: string, random: Random): boolean {
  return method === 'GET' || method === 'HEAD' ? !random.chance(0.02) : random.chance(0.1);
}

function segment(name: string, ids: readonly string[], random: Random): string {
  if (name === '{channel}' && random.chance(0.7)) return random.pick(['email', 'slack', 'sse', 'webhook', 'nowhere']);
  if (ids.length > 0 && random.chance(0.6)) return random.pick(ids);
  if (random.chance(0.1)) return random.pick(['%', '%FF', '%00', '..%2f..', '%E0%A4%A', 'a%2Fb']);
  return encodeURIComponent(oddText(random).toWellFormed()).slice(0, 2_000).replace(/%.?$/, '') || 'x';
}

function query(random: Random): string {
  if (random.chance(0.5)) return '';
  const pairs = Array.from({ length: 1 + random.below(3) }, () => {
    const name = random.chance(0.8) ? random.pick(QUERY_NAMES) : encodeURIComponent(oddText(random).slice(0, 50).toWellFormed());
    const value = random.chance(0.6) ? random.pick(QUERY_VALUES) : oddText(random).slice(0, 500).toWellFormed();
    return random.chance(0.03) ? `${name}=%FF&${name}[a][b]=1` : `${name}=${encodeURIComponent(value)}`;
  });
  return `?${pairs.join('&')}`;
}

/** What Node lets a header hold. */
function headerText(text: string): string {
  return text.replaceAll(/[^\t\x20-\x7e]/g, '?').slice(0, 4_000);
}
