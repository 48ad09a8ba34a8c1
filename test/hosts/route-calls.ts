/** What earlier answers gave: ids that later paths hold. */
export type Known = Record<'delivery' | 'message' | 'other', string>;

/** One call of a route. */
export interface RouteCall {
  /** Method and path as the host's OpenAPI document has them, without the prefix. */
  readonly route: string;
  readonly body?: unknown;
  readonly query?: string;
  /** Values of the path's parameters that are no ids of `Known`. */
  readonly parameters?: Readonly<Record<string, string>>;
  readonly status: number;
  /** Start of the content type; JSON when absent. */
  readonly type?: string;
  /** The answer does not end: its first bytes are enough. */
  readonly endless?: true;
  /** Takes what it needs from the answer; returns what is wrong with it. */
  check?(answer: Record<string, never>, known: Known): string | undefined;
}

const PROBLEM = 'application/problem+json';
const notification = (title: string) => ({ type: 'update', channel: 'email', to: 'bob@example.com', title });
const lines = [{ ...notification('three'), groupKey: 'bulk' }, { ...notification('four'), groupKey: 'bulk' }, { type: 'update' }]
  .map((line) => JSON.stringify(line))
  .join('\n');

const expectValue = (what: string, value: unknown, expected: unknown): string | undefined =>
  JSON.stringify(value) === JSON.stringify(expected)
    ? undefined
    : `${what}: ${JSON.stringify(value)} is not ${JSON.stringify(expected)}`;

/** In this order. Every route of the document is called at least once; `main.ts` checks that. */
export const ROUTE_CALLS: readonly RouteCall[] = [
  {
    route: 'POST ',
    body: notification('one'),
    status: 202,
    check: ({ deliveries }, known) => {
      const [delivery] = deliveries as unknown as readonly { readonly id: string; readonly messageId: string }[];
      known.delivery = delivery?.id ?? '';
      known.message = delivery?.messageId ?? '';
      return known.delivery === '' ? 'no delivery' : undefined;
    },
  },
  {
    route: 'POST ',
    body: { ...notification('two'), to: 'eve@example.com' },
    status: 202,
    check: ({ deliveries }, known) => {
      known.other = (deliveries as unknown as readonly { readonly id: string }[])[0]?.id ?? '';
      return undefined;
    },
  },
  { route: 'POST ', body: { type: 'update' }, status: 400, type: PROBLEM },
  {
    route: 'POST /bulk',
    body: lines,
    status: 200,
    check: ({ accepted, rejected }) => expectValue('bulk', [accepted, rejected], [2, 1]),
  },
  { route: 'GET /deliveries', query: 'channel=email&limit=10', status: 200 },
  { route: 'GET /deliveries', query: 'limit=0', status: 400, type: PROBLEM },
  { route: 'GET /deliveries/{id}', status: 200, check: ({ title }) => expectValue('title', title, 'one') },
  { route: 'GET /deliveries/{id}', parameters: { id: 'nobody' }, status: 404, type: PROBLEM },
  { route: 'GET /messages/{messageId}', status: 200 },
  { route: 'GET /windows', query: 'channel=email', status: 200 },
  { route: 'GET /windows/{messageId}/preview', status: 200 },
  { route: 'POST /windows/apply-rules', status: 200 },
  { route: 'POST /deliveries/{id}/read', parameters: { id: 'other' }, status: 200 },
  { route: 'DELETE /deliveries/{id}', parameters: { id: 'other' }, status: 409, type: PROBLEM },
  { route: 'POST /windows/{messageId}/flush', status: 202 },
  {
    route: 'POST /cancel',
    body: { groupKey: 'bulk' },
    status: 200,
    check: ({ cancelled }) => expectValue('cancelled', cancelled, 2),
  },
  { route: 'POST /flush', body: { channel: 'sse' }, status: 202, check: ({ flushed }) => expectValue('flushed', flushed, 0) },
  { route: 'GET /rules', status: 200 },
  { route: 'PUT /rules', body: { rules: [{ type: 'x', windowMs: 1_000, maxCount: 5 }] }, status: 200 },
  { route: 'DELETE /rules', status: 200 },
  { route: 'GET /dead', query: 'limit=5', status: 200 },
  { route: 'GET /dead/groups', status: 200 },
  { route: 'GET /dead/replays', status: 200 },
  { route: 'POST /dead/replay', body: { channel: 'email' }, status: 202 },
  { route: 'POST /dead/dismiss', body: { channel: 'email' }, status: 202 },
  { route: 'GET /stats', status: 200 },
  { route: 'GET /stats/addresses', query: 'channel=email', status: 200 },
  { route: 'GET /stats/channels/{channel}/{address}', parameters: { channel: 'email', address: 'bob@example.com' }, status: 200 },
  { route: 'GET /stats/history', query: 'stepMs=60000', status: 200 },
  { route: 'POST /channels/{channel}/pause', parameters: { channel: 'sse' }, status: 200 },
  { route: 'POST /channels/{channel}/resume', parameters: { channel: 'sse' }, status: 200 },
  { route: 'GET /health', status: 200 },
  { route: 'GET /health/live', status: 200 },
  { route: 'GET /health/ready', status: 200 },
  { route: 'GET /metrics', status: 200, type: 'text/plain' },
  { route: 'GET /mailbox', status: 200, type: 'text/html' },
  // It leads to the dashboard, and `fetch` follows.
  { route: 'GET ', status: 200, type: 'text/html' },
  { route: 'GET /dashboard', status: 200, type: 'text/html' },
  { route: 'GET /dashboard/live', status: 200, type: 'text/event-stream', endless: true },
  { route: 'GET /dashboard/{file}', parameters: { file: 'dashboard.js' }, status: 200, type: 'text/javascript' },
  { route: 'GET /dashboard/{file}', parameters: { file: 'uplot.js' }, status: 200, type: 'text/javascript' },
  { route: 'GET /dashboard/{file}', parameters: { file: 'lit-html.js' }, status: 200, type: 'text/javascript' },
  { route: 'GET /dashboard/{file}', parameters: { file: 'none.js' }, status: 404, type: PROBLEM },
  { route: 'GET /dashboard/directives/{file}', parameters: { file: 'repeat.js' }, status: 200, type: 'text/javascript' },
  { route: 'GET /dashboard/forms/{messageId}/{index}', parameters: { index: '0' }, status: 200, type: 'text/html' },
  { route: 'POST /stream/tickets', body: { user: 'ann' }, status: 201 },
  { route: 'GET /stream', query: 'user=ann', status: 200, type: 'text/event-stream', endless: true },
  { route: 'GET /push/key', query: 'user=ann', status: 404, type: PROBLEM },
  { route: 'GET /push/worker.js', status: 200, type: 'text/javascript' },
  { route: 'POST /push/devices', body: { user: 'ann', device: { kind: 'fcm', token: 'phone' } }, status: 201 },
  { route: 'GET /push/devices', query: 'user=ann', status: 200 },
  // Nobody signed these links.
  { route: 'GET /unsubscribe', query: 't=forged', status: 404, type: 'text/html' },
  { route: 'POST /unsubscribe', query: 't=forged', status: 404, type: 'text/html' },
  {
    route: 'POST /suppressions',
    body: { channel: 'email', address: 'gone@example.com', reason: 'hard_bounce', note: '550 5.1.1' },
    status: 200,
    check: ({ cancelled }) => expectValue('cancelled', cancelled, 0),
  },
  { route: 'POST /suppressions', body: { channel: 'email', address: 'gone@example.com' }, status: 400, type: PROBLEM },
  { route: 'GET /suppressions', query: 'channel=email&limit=5', status: 200 },
  // The hosts have no recipients.
  { route: 'GET /recipients/{id}', parameters: { id: '42' }, status: 404, type: PROBLEM },
  { route: 'PUT /recipients/{id}', parameters: { id: '42' }, body: { addresses: {} }, status: 405, type: PROBLEM },
  { route: 'PATCH /recipients/{id}/preferences', parameters: { id: '42' }, body: { digestAt: '9' }, status: 400, type: PROBLEM },
  { route: 'POST /recipients/{id}/mute', parameters: { id: '42' }, body: {}, status: 404, type: PROBLEM },
  { route: 'DELETE /recipients/{id}/mute', parameters: { id: '42' }, status: 404, type: PROBLEM },
  { route: 'GET /recipients/{id}/waiting', parameters: { id: '42' }, status: 404, type: PROBLEM },
  { route: 'POST /recipients/{id}/flush', parameters: { id: '42' }, status: 202 },
  { route: 'POST /recipients/{id}/read', parameters: { id: '42' }, body: {}, status: 404, type: PROBLEM },
  { route: 'DELETE /recipients/{id}', parameters: { id: '42' }, status: 202 },
  {
    route: 'DELETE /suppressions',
    body: { channel: 'email', address: 'gone@example.com', note: 'works again' },
    status: 200,
    check: ({ removed }) => expectValue('removed', removed, 1),
  },
  { route: 'DELETE /push/devices', body: { user: 'ann', key: 'none' }, status: 204, type: '' },
];
