import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { refusalCodes } from '../../src/http/openapi/operation.js';
import { type RouteDescription } from '../../src/http/openapi/route-description.js';
import { PAGE_ROUTES } from '../../src/http/openapi/page-routes.js';
import { ROUTE_GROUPS } from '../../src/http/openapi/route-descriptions.js';
import { VIEW_SCHEMAS } from '../../src/http/openapi/view-schemas.js';
import { generateVapidKeys } from '../../src/transports/push/vapid.js';
import { ROUTE_CALLS } from '../hosts/route-calls.js';
import { type Answer, HttpApplication } from '../support/http-application.js';
import { schemaProblems } from '../support/json-schema.js';
import { RefusingTransport } from '../support/refusing-transport.js';

const PROBLEM = VIEW_SCHEMAS['NotificationProblem'] ?? {};
/** Pages are looked at in a browser. */
const ROUTES = ROUTE_GROUPS.filter((group) => group !== PAGE_ROUTES).flatMap(({ routes }) => routes);
const isJson = (type: string | undefined): boolean => (type ?? 'application/json') === 'application/json';

/** What stands in paths, from the state that the application is brought into. */
interface Ids extends Readonly<Record<string, string>> {
  readonly id: string;
  readonly messageId: string;
}

describe('what the description of the API says', () => {
  let http: HttpApplication;
  let sent: Ids;

  beforeAll(async () => {
    const push = { subject: 'mailto:ops@example.com', ...generateVapidKeys() };
    http = await HttpApplication.start({ recipients: {}, push }, [RefusingTransport]);
    await http.request('PUT', '/recipients/42', { addresses: { email: 'ann@example.com' } });
    await http.request('PATCH', '/recipients/42/preferences', { choices: [{ type: 'comment', frequency: 'daily' }] });
    const dead = http.ended('dead', 1);
    const delivered = http.ended('delivered', 1);
    await accepted({ type: 'comment', channel: 'email', to: 'user:42', title: 'Waits', groupKey: 'plan-8' });
    await accepted({ type: 'alert', channel: 'refusing', to: 'x', title: 'Dies', priority: 'critical' });
    sent = await accepted({ type: 'alert', channel: 'email', to: 'bob@example.com', title: 'Goes', priority: 'critical' });
    await Promise.all([dead, delivered]);
    await http.post('/push/devices', { user: '42', device: { kind: 'fcm', token: 'phone' } });
  });
  afterAll(() => http.close());

  async function accepted(notification: object): Promise<Ids> {
    const { deliveries } = (await http.post('', notification)).json as { deliveries: { id: string; messageId: string }[] };
    const [{ id, messageId } = { id: '', messageId: '' }] = deliveries;
    return { id, messageId };
  }

  /** What is wrong with an answer by what is said of its route. */
  function problemsOf(route: RouteDescription, answer: Answer): readonly string[] {
    const { status, also = {}, answerType } = route;
    if (answer.status === status || answer.status in also) {
      return isJson(answerType) ? schemaProblems(answer.json, route.answer, VIEW_SCHEMAS) : [];
    }
    const isNamed = [...refusalCodes(route)].some((code) => code === answer.json['code']);
    return [...(isNamed ? [] : [`: ${answer.status} ${answer.text}`]), ...schemaProblems(answer.json, PROBLEM, VIEW_SCHEMAS)];
  }

  it('is what the routes answer, with everything that is in an answer', async () => {
    const wrong: string[] = [];
    const succeeded = new Set<string>();
    const call = async (route: RouteDescription, path: string, body?: unknown): Promise<void> => {
      const [method = ''] = route.route.split(' ');
      const answer = await http.request(method.toUpperCase(), path, body);
      wrong.push(...problemsOf(route, answer).map((problem) => `${method} ${path}${problem}`));
      if (answer.status === route.status || answer.status in (route.also ?? {})) succeeded.add(route.route);
    };
    for (const route of ROUTES) {
      const [method = '', path = ''] = route.route.split(' ');
      if (route.answerType === 'text/event-stream' || !isJson(route.bodyType)) continue;
      const [body] = Object.values(route.bodies ?? {});
      const query = (route.required ?? []).map((name) => `${name}=${name === 'user' ? '42' : 'email'}`).join('&');
      // What a route before it did must not matter.
      const waiting = await accepted({
        type: 'comment',
        channel: 'email',
        to: 'eve@example.com',
        title: 'Waits',
        groupKey: route.id,
      });
      for (const ids of method === 'get' ? [waiting, sent] : [waiting]) {
        await call(route, `${filled(path, route, ids)}${query === '' ? '' : `?${query}`}`, body);
      }
    }
    // Calls of the hosts' check: filters, and what is refused.
    for (const { route: called, query, body, parameters = {}, endless } of ROUTE_CALLS) {
      const [method = '', path = ''] = called.split(' ');
      const route = ROUTES.find((one) => one.route === `${method.toLowerCase()} ${path}`);
      if (route === undefined || endless === true || typeof body === 'string') continue;
      const ids = { ...sent, ...parameters };
      await call(route, `${filled(path, route, ids)}${query === undefined ? '' : `?${query}`}`, body);
    }
    expect(wrong).toEqual([]);
    const unseen = ROUTES.filter(({ route, answerType }) => isJson(answerType) && !succeeded.has(route));
    // It needs lines; the fuzzer and the tests of bulk see its answers.
    expect(unseen.map(({ route }) => route)).toEqual(['post /bulk']);
  });
});

function filled(path: string, { route }: RouteDescription, ids: Ids): string {
  const values: Readonly<Record<string, string>> = {
    channel: 'email',
    address: 'bob@example.com',
    file: 'dashboard.js',
    index: '0',
    ...ids,
    ...(route.includes('/recipients/') ? { id: '42' } : {}),
  };
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(values[name] ?? ''));
}
