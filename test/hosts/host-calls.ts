import { type Known, ROUTE_CALLS, type RouteCall } from './route-calls.ts';

const PREFIX = '/notifications';
/** A busy machine included. */
const ANSWER_WITHIN_MS = 120_000;

interface Operation {
  readonly requestBody?: unknown;
  readonly responses?: Readonly<Record<string, unknown>>;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

/** Calls every route, and the routes without the token. @returns what was wrong */
export async function callEveryRoute(address: string, token: string): Promise<string[]> {
  const known: Known = { delivery: '', message: '', other: '' };
  const problems: string[] = [];
  const document = (await (await fetch(`${address}/host/docs-json`)).json()) as Document;
  for (const call of ROUTE_CALLS) {
    const problem = await send(call, address, known, { authorization: `Bearer ${token}` }).catch(String);
    if (problem !== undefined) problems.push(`${call.route} ${call.query ?? ''}: ${problem}`);
  }
  const called = new Set(ROUTE_CALLS.map(({ route }) => route));
  const described = routesOf(document);
  if (described.length < 30) problems.push(`the host's document describes ${described.length} routes`);
  problems.push(...described.filter((route) => !called.has(route)).map((route) => `${route} was not called`));
  problems.push(...[...called].filter((route) => !described.includes(route)).map((route) => `${route} is not described`));
  const refused = await send({ route: 'GET /stats', status: 401, type: 'application/problem+json' }, address, known, {});
  if (refused !== undefined) problems.push(`without the token: ${refused}`);
  if (document.paths[PREFIX]?.['post']?.requestBody === undefined) problems.push('POST has no body in the document');
  return problems;
}

/** What the host itself has of the module. @returns what was wrong */
export async function callHost(address: string): Promise<string[]> {
  const get = async (path: string): Promise<string> => await (await fetch(`${address}/host/${path}`)).text();
  const placed = await fetch(`${address}/host/orders`, { method: 'POST' });
  const problems = placed.status === 201 ? [] : [`the host's service answered ${placed.status}`];
  const health = await get('health');
  if (!health.includes('"notifications":{') || !health.includes('"status":"ok"')) problems.push(`health: ${health}`);
  const intervals = await get('intervals');
  if (intervals !== '["nestjs-digest:cleanup","nestjs-digest:health"]') problems.push(`intervals: ${intervals}`);
  const metrics = await get('metrics');
  for (const name of ['host_starts_total 1', 'nestjs_digest_pending ']) {
    if (!metrics.includes(name)) problems.push(`the host's registry has no ${name}`);
  }
  return problems;
}

/** The in-app stream over a WebSocket, by a ticket: an event comes, and an upgrade without a ticket is refused. @returns what was wrong */
export async function callGateway(address: string, token: string): Promise<string[]> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const post = async (path: string, body: unknown): Promise<Response> =>
    await fetch(`${address}${PREFIX}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  const { ticket } = (await (await post('/stream/tickets', { user: 'ws-reader' })).json()) as { readonly ticket: string };
  const url = `${address.replace('http', 'ws')}${PREFIX}/stream?user=ws-reader`;
  const problems: string[] = [];
  const events: string[] = [];
  const socket = new WebSocket(`${url}&ticket=${encodeURIComponent(ticket)}`);
  const ended = Promise.withResolvers<unknown>();
  const limit = setTimeout(ended.resolve, ANSWER_WITHIN_MS);
  socket.onclose = ended.resolve;
  socket.onmessage = ({ data }) => {
    const { event } = JSON.parse(String(data)) as { readonly event: string };
    events.push(event);
    if (event === 'open') void post('', { type: 'news', channel: 'sse', to: 'ws-reader', title: 'Hello' }).catch(ended.resolve);
    else ended.resolve(event);
  };
  await ended.promise;
  clearTimeout(limit);
  socket.close();
  if (events.join() !== 'open,batch') problems.push(`the WebSocket got the events [${events.join()}]`);
  const refused = await new Promise<boolean>((resolve) => {
    const other = new WebSocket(url);
    other.onopen = () => resolve(false);
    other.onerror = () => resolve(true);
  });
  if (!refused) problems.push('the WebSocket opens without a ticket');
  return problems;
}

function routesOf({ paths }: Document): string[] {
  return Object.entries(paths).flatMap(([path, operations]) =>
    path === PREFIX || path.startsWith(`${PREFIX}/`)
      ? Object.keys(operations).map((method) => `${method.toUpperCase()} ${path.slice(PREFIX.length)}`)
      : [],
  );
}

async function send(
  call: RouteCall,
  address: string,
  known: Known,
  headers: Readonly<Record<string, string>>,
): Promise<string | undefined> {
  const { route, body, query, status, type = 'application/json' } = call;
  const [method = '', path = ''] = route.split(' ');
  const url = `${address}${PREFIX}${fill(path, call, known)}${query === undefined ? '' : `?${query}`}`;
  const abort = new AbortController();
  const limit = setTimeout(() => abort.abort(), ANSWER_WITHIN_MS);
  try {
    const contentType = typeof body === 'string' ? 'application/x-ndjson' : 'application/json';
    const answer = await fetch(url, {
      method,
      headers: { ...headers, ...(body === undefined ? {} : { 'content-type': contentType }) },
      signal: abort.signal,
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const got = `${answer.status} ${answer.headers.get('content-type') ?? ''}`;
    const text = call.endless === true ? await firstBytes(answer) : await answer.text();
    if (!got.startsWith(`${status} ${type}`)) return `answered ${got} instead of ${status} ${type}: ${text.slice(0, 500)}`;
    return call.check?.(JSON.parse(text) as Record<string, never>, known);
  } finally {
    clearTimeout(limit);
    abort.abort();
  }
}

function fill(path: string, { parameters = {} }: RouteCall, known: Known): string {
  const ids: Readonly<Record<string, string>> = { id: known.delivery, messageId: known.message };
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const given = parameters[name] ?? ids[name] ?? '';
    return encodeURIComponent(given === 'other' ? known.other : given);
  });
}

async function firstBytes(answer: Response): Promise<string> {
  const reader = answer.body?.getReader();
  const read = (await reader?.read()) as { readonly value?: Uint8Array } | undefined;
  return read?.value === undefined ? '' : new TextDecoder().decode(read.value);
}
