import { connect } from 'node:net';
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { afterEach, describe, expect, it } from '@jest/globals';
import { of } from 'rxjs';
import { type HttpOptions } from '../../src/config/http-options.js';
import { CANARIES, WatchingLogger } from '../support/canaries.js';
import { ADAPTERS, type AdapterName, HttpApplication } from '../support/http-application.js';

const NO_TOKEN = { Authorization: '' };

/** The status of a request with headers that `fetch` does not let a caller set. */
async function statusOf(http: HttpApplication, method: string, path: string, headers: Record<string, string>): Promise<number> {
  const request = httpRequest(http.base + path, { method, headers });
  request.end();
  const [response] = (await once(request, 'response')) as [{ statusCode: number; resume(): void }];
  response.resume();
  return response.statusCode;
}

/** Lets in who says so. */
@Injectable()
class DoorGuard implements CanActivate {
  canActivate(context: ExecutionContext): Promise<boolean> {
    const { headers } = context.switchToHttp().getRequest<{ headers: Record<string, string> }>();
    return Promise.resolve(headers['x-door'] === 'open');
  }
}

class WarningLogger extends WatchingLogger {
  readonly warnings: string[] = [];
  override readonly warn = (text: unknown): void => void this.warnings.push(String(text));
}

describe('who may ask', () => {
  let http: HttpApplication | undefined;
  afterEach(async () => {
    await http?.close();
    http = undefined;
  });
  const mount = async (adapter: AdapterName, options: HttpOptions | true, logger?: WatchingLogger): Promise<HttpApplication> =>
    (http = await HttpApplication.mount(adapter, { http: options }, [DoorGuard], logger));

  it('without a token the stand-alone application serves only loopback names; health serves every name', async () => {
    http = await HttpApplication.start({ http: true });
    for (const Host of ['localhost', '127.0.0.1:3000', '[::1]'])
      expect(await statusOf(http, 'GET', '/stats', { Host })).toBe(200);
    for (const path of ['/stats', '/mailbox', '/dashboard', '/stream?user=a', '/docs', '/nothing']) {
      expect([path, await statusOf(http, 'GET', path, { Host: 'evil.example' })]).toEqual([path, 403]);
    }
    for (const path of ['/health', '/health/live', '/health/ready']) {
      expect(await statusOf(http, 'GET', path, { Host: 'evil.example' })).toBe(200);
    }
    const rebound = { Host: 'evil.example', Origin: 'http://evil.example', 'Sec-Fetch-Site': 'same-origin' };
    expect(await statusOf(http, 'POST', '/channels/email/pause', rebound)).toBe(403);
  });

  it('with a token it serves every name', async () => {
    http = await HttpApplication.start();
    const Authorization = `Bearer ${CANARIES.apiToken}`;
    expect(await statusOf(http, 'GET', '/stats', { Host: 'any.example', Authorization })).toBe(200);
  });

  describe.each(ADAPTERS)('on %s', (adapter) => {
    it('a mounted host serves every name, unless it sets http.hosts', async () => {
      const open = await mount(adapter, true);
      expect(await statusOf(open, 'GET', '/stats', { Host: 'any.example' })).toBe(200);
      await open.close();
      const listed = await mount(adapter, { hosts: ['a.example', 'b.example:8080'] });
      for (const Host of ['a.example', 'A.example:1', 'b.example:8080']) {
        expect(await statusOf(listed, 'GET', '/stats', { Host })).toBe(200);
      }
      for (const Host of ['c.example', 'b.example', 'a.example.evil.example']) {
        expect(await statusOf(listed, 'GET', '/stats', { Host })).toBe(403);
        expect(await statusOf(listed, 'GET', '/health/ready', { Host })).toBe(200);
      }
    });

    it('a page of another origin may read what a browser lets it, and change nothing', async () => {
      const app = await mount(adapter, {
        origins: ['https://admin.example.com'],
        publicUrl: 'https://public.example.com/notify',
      });
      const { host, origin } = new URL(app.base);
      const changes = [
        ['POST', '/flush'],
        ['POST', '/channels/email/pause'],
        ['DELETE', '/rules'],
      ] as const;
      for (const [method, path] of changes) {
        for (const Origin of ['http://evil.example', 'null', `http://${host}1`]) {
          expect(await statusOf(app, method, path, { Origin })).toBe(403);
        }
        for (const Origin of [origin, 'https://admin.example.com', 'https://public.example.com']) {
          expect(await statusOf(app, method, path, { Origin })).toBeLessThan(300);
        }
        const proxied = { Origin: 'https://public.example', 'Sec-Fetch-Site': 'same-origin' };
        expect(await statusOf(app, method, path, proxied)).toBeLessThan(300);
        expect(await statusOf(app, method, path, { 'Sec-Fetch-Site': 'cross-site' })).toBe(403);
      }
      expect(await statusOf(app, 'GET', '/stats', { Origin: 'http://evil.example' })).toBe(200);
    });

    it('asks the guards of the host before every route but health: a provider, a class, an instance', async () => {
      const observable: CanActivate = { canActivate: () => of(true) };
      class MadeHere implements CanActivate {
        canActivate(): boolean {
          return true;
        }
      }
      const app = await mount(adapter, { guards: [DoorGuard, MadeHere, observable] });
      for (const path of ['/stats', '/dashboard', '/mailbox', '/metrics', '/stream?user=ann']) {
        expect(await app.get(path, NO_TOKEN)).toMatchObject({ status: 403, json: { code: 'forbidden' } });
      }
      for (const path of ['/stats', '/dashboard', '/mailbox', '/metrics']) {
        expect((await app.get(path, { ...NO_TOKEN, 'X-Door': 'open' })).status).toBe(200);
      }
      for (const path of ['/health', '/health/live', '/health/ready']) expect((await app.get(path, NO_TOKEN)).status).toBe(200);
    });

    it('warns of routes that are open to everybody, and only of those', async () => {
      const guarded: HttpOptions[] = [{ open: true }, { guards: [DoorGuard] }, { apiToken: CANARIES.apiToken }];
      for (const [options, count] of [[true, 1], ...guarded.map((each) => [each, 0] as const)] as const) {
        const logger = new WarningLogger();
        await (await mount(adapter, options, logger)).close();
        const about = logger.warnings.filter((text) => text.includes('open to everybody'));
        expect([options, about.length]).toEqual([options, count]);
      }
    });

    it('401 has a challenge in each of two header lines, and a page for a browser', async () => {
      const app = await mount(adapter, { apiToken: CANARIES.apiToken });
      const socket = connect(Number(new URL(app.base).port), '127.0.0.1');
      socket.write('GET /notifications/stats HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
      let text = '';
      for await (const chunk of socket) text += String(chunk);
      expect(text.match(/^www-authenticate: .*$/gim)).toEqual([
        expect.stringMatching(/: Bearer realm="notifications"$/),
        expect.stringMatching(/: Basic realm="notifications", charset="UTF-8"$/),
      ]);
      const problem = await app.get('/stats', NO_TOKEN);
      expect(problem).toMatchObject({
        status: 401,
        json: { code: 'unauthorized', detail: expect.stringMatching(/browser.*password/) },
      });
      const page = await app.get('/dashboard', { ...NO_TOKEN, Accept: 'text/html,application/xhtml+xml,*/*;q=0.8' });
      expect([page.status, page.headers.get('content-type')]).toEqual([401, 'text/html; charset=utf-8']);
      expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(page.headers.get('www-authenticate')).toContain('Basic');
      expect(page.text).toContain('asks for the API token');
    });

    it('health: live looks at nothing, ready at the store and at a stop', async () => {
      const app = await mount(adapter, { apiToken: CANARIES.apiToken });
      expect(await app.get('/health/live', NO_TOKEN)).toMatchObject({ status: 200, json: { status: 'ok' } });
      const ready = await app.get('/health/ready', NO_TOKEN);
      expect(ready).toMatchObject({ status: 200, json: { status: 'ok', shuttingDown: false, store: { status: 'ok' } } });
      expect(Object.keys(ready.json).sort()).toEqual(['shuttingDown', 'status', 'store']);
      expect(ready.headers.get('cache-control')).toBe('no-store');
    });
  });

  it('answers what is no HTTP as a problem, and closes the connection', async () => {
    http = await HttpApplication.start();
    const port = Number(new URL(http.base).port);
    const wrong = [
      ['NONSENSE\r\n\r\n', 400],
      ['POST /notifications HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n', 400],
      [`GET /notifications/stats?${'x'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`, 431],
    ] as const;
    for (const [text, status] of wrong) {
      const socket = connect(port, '127.0.0.1');
      socket.write(text);
      let answer = '';
      for await (const chunk of socket) answer += String(chunk);
      const [head = '', body = ''] = answer.split('\r\n\r\n');
      expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
      expect(head).toContain('application/problem+json');
      expect(JSON.parse(body)).toMatchObject({ status, code: 'invalid_request', detail: expect.any(String) });
    }
  });

  it('the mailbox says why it holds nothing once SMTP_URL is set', async () => {
    http = await HttpApplication.start({ email: { smtpUrl: 'smtp://127.0.0.1:1' } });
    const answer = await http.get('/mailbox');
    expect(answer).toMatchObject({ status: 404, json: { code: 'not_found' } });
    expect(answer.json['detail']).toBe(
      'SMTP_URL is set, so mail is sent to its receivers; the built-in mailbox holds mail only while it is not set',
    );
  });

  it('PUT /rules takes at most 500 rules, and says so', async () => {
    http = await HttpApplication.start();
    const rules = (count: number) => Array.from({ length: count }, (_, i) => ({ type: `t${i}`, windowMs: 1_000, maxCount: 5 }));
    expect((await http.request('PUT', '/rules', { rules: rules(500) })).status).toBe(200);
    const answer = await http.request('PUT', '/rules', rules(501));
    expect(answer).toMatchObject({
      status: 400,
      json: { code: 'invalid_request', detail: expect.stringContaining('at most 500') },
    });
    expect((await http.get('/rules')).json['rules']).toHaveLength(500);
  });
});
