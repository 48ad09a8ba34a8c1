import { once } from 'node:events';
import { type IncomingMessage, request as openRequest } from 'node:http';
import { Controller, Delete, Get } from '@nestjs/common';
import { describe, expect, it } from '@jest/globals';
import { ROUTE_DESCRIPTIONS } from '../../src/http/openapi/route-descriptions.js';
import { AUTHORIZED } from '../support/canaries.js';
import { ADAPTERS, HttpApplication } from '../support/http-application.js';
import { ONE_REQUEST } from '../support/one-request.js';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];

const STARTS = [
  ['the stand-alone application', () => HttpApplication.start()],
  ...ADAPTERS.map((adapter) => [`a host on ${adapter}`, () => HttpApplication.mount(adapter)] as const),
] as const;

/** Methods by path, with values for the parameters. */
const routes = new Map<string, string[]>();
for (const { route } of ROUTE_DESCRIPTIONS) {
  const [method = '', path = ''] = route.split(' ');
  const real = path.replaceAll(/\{\w+\}/g, 'some-id');
  routes.set(real, [...(routes.get(real) ?? []), method.toUpperCase()]);
}

/** Follows no redirect, and keeps the connection of no stream. */
async function ask(
  method: string,
  url: string,
  headers: Record<string, string> = AUTHORIZED,
): Promise<{ readonly status: number; readonly headers: IncomingMessage['headers']; readonly text: string }> {
  const request = openRequest(url, { method, headers: { ...ONE_REQUEST, ...headers } });
  request.end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const text = (await response.toArray()).join('');
  return { status: response.statusCode ?? 0, headers: response.headers, text };
}

describe.each(STARTS)('methods on %s', (_name, start) => {
  it('a known path answers 405 for other methods, and says which it allows', async () => {
    const http = await start();
    const wrong: unknown[] = [];
    for (const [path, allowed] of routes) {
      const all = allowed.includes('GET') ? [...allowed, 'HEAD'] : allowed;
      for (const method of METHODS.filter((one) => !all.includes(one))) {
        const answer = await ask(method, http.base + path);
        const type = answer.headers['content-type'];
        const code = method === 'HEAD' ? 'method_not_allowed' : (JSON.parse(answer.text) as { code?: unknown }).code;
        const allow = answer.headers.allow?.split(', ').toSorted().join();
        const expected = [
          405,
          'application/problem+json; charset=utf-8',
          'method_not_allowed',
          [...all, 'OPTIONS'].toSorted().join(),
        ];
        const got = [answer.status, type, code, allow];
        if (JSON.stringify(got) !== JSON.stringify(expected)) wrong.push([method, path, ...got]);
      }
      const options = await ask('OPTIONS', http.base + path, {});
      if (options.status !== 204 || options.headers.allow === undefined) wrong.push(['OPTIONS', path, options.status]);
    }
    expect(wrong).toEqual([]);
    expect(routes.size).toBeGreaterThan(30);
  });

  it('a path that no route has answers 404, whatever the method', async () => {
    const http = await start();
    for (const path of ['/nothing', '/deliveries/a/b', '/stats/nothing', '/windows/a']) {
      for (const method of ['GET', 'PUT', 'POST'])
        expect([path, method, (await ask(method, http.base + path)).status]).toEqual([path, method, 404]);
    }
  });

  it('the prefix itself leads to the dashboard whom the guard lets in, with and without a slash behind it', async () => {
    const http = await start();
    for (const path of ['', '/', '?x=1', '/?x=1']) {
      const answer = await ask('GET', http.base + path);
      expect([path, answer.status]).toEqual([path, 303]);
      const target = new URL(answer.headers.location ?? '', http.base + path);
      expect(target.href).toBe(`${http.base}/dashboard`);
      const stranger = await ask('GET', http.base + path, {});
      expect([path, stranger.status, stranger.headers.location]).toEqual([path, 401, undefined]);
      expect(stranger.headers['www-authenticate']).toContain('Basic');
    }
  });

  it('a slash behind a path makes no difference', async () => {
    const http = await start();
    expect((await ask('GET', `${http.base}/stats/?x=1`)).status).toBe(200);
    expect((await ask('GET', `${http.base}/stats/`, {})).status).toBe(401);
    expect((await ask('PUT', `${http.base}/stats/`)).status).toBe(405);
    const page = await ask('GET', `${http.base}/dashboard/`);
    expect(new URL(page.headers.location ?? '', `${http.base}/dashboard/`).href).toBe(`${http.base}/dashboard`);
  });
});

@Controller('notifications')
class HostController {
  @Get('preferences')
  preferences(): string {
    return 'of the host';
  }

  @Delete('stats')
  reset(): string {
    return 'reset by the host';
  }
}

describe.each(ADAPTERS)('a host on %s with routes under the same prefix', (adapter) => {
  it('keeps them', async () => {
    const http = await HttpApplication.mount(adapter, {}, [], undefined, [HostController]);
    expect((await ask('GET', `${http.base}/preferences`)).text).toBe('of the host');
    expect((await ask('DELETE', `${http.base}/stats`)).text).toBe('reset by the host');
    expect((await ask('PUT', `${http.base}/stats`)).status).toBe(405);
    expect((await ask('PUT', `${http.base}/preferences`)).status).toBe(404);
  });
});
