import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { PostgresServer } from '../../../test/support/postgres-server.js';
import { pgBouncer } from '../../../test/support/pgbouncer.js';
import { SUITE_RUNNER } from '../../../test/support/suite-runner.js';
import { TcpProxy } from '../../../test/support/tcp-proxy.js';
import { itSharesState } from '../state.conformance.js';
import { type WakingMode } from './listener.js';
import { type PostgresOptions } from './postgres-options.js';
import { type PostgresState } from './postgres-state.js';
import { SharedHalf } from './shared-half.js';

let server: PostgresServer;
beforeAll(async () => {
  server = await PostgresServer.start();
});

const handles: SharedHalf[] = [];
async function open(waking: WakingMode, options: PostgresOptions): Promise<SharedHalf> {
  const handle = new SharedHalf({ ...options, waking });
  handles.push(handle);
  await handle.open();
  return handle;
}
afterEach(async () => {
  for (const handle of handles.splice(0)) await handle.close();
});

/** Resolves when the listener of the waking is told that it works. */
async function listening(handle: SharedHalf): Promise<void> {
  while (handle.listener.mode !== 'notify') {
    const heard = Promise.withResolvers<undefined>();
    const stop = handle.waking.on('test', () => heard.resolve(undefined));
    await heard.promise;
    stop();
  }
}

describe.each(['notify', 'poll'] as const)('shared state on PostgreSQL, woken by %s,', (mode) => {
  let pair: readonly [PostgresState, PostgresState];
  beforeEach(async () => {
    const options = { url: server.url, schema: server.newSchema() };
    pair = [(await open(mode, options)).state, (await open(mode, options)).state];
  });
  itSharesState(() => pair, SUITE_RUNNER);
});

describe('signals on PostgreSQL', () => {
  const next = (handle: SharedHalf, topic: string): Promise<string> =>
    new Promise((resolve) => {
      const stop = handle.state.subscribe(topic, (payload) => {
        stop();
        resolve(payload);
      });
    });

  it('arrive in order, each once, however many are sent at once by both', async () => {
    const options = { url: server.url, schema: server.newSchema() };
    const [a, b] = [await open('notify', options), await open('poll', options)];
    const heard: string[] = [];
    const done = Promise.withResolvers<undefined>();
    b.state.subscribe('news', (payload) => {
      heard.push(payload);
      if (payload === 'last') done.resolve(undefined);
    });
    const sent = Array.from({ length: 200 }, (_, n) => `number ${n}`);
    for (const [n, payload] of sent.entries()) {
      a.state.publish('news', payload);
      if (n % 20 === 0) await b.state.set('x', payload);
    }
    a.state.publish('news', 'last');
    await done.promise;
    expect(heard).toEqual([...sent, 'last']);
  });

  it('come by polling after the listening connection was cut, until it is back', async () => {
    const proxy = await TcpProxy.start(server.port);
    const schema = server.newSchema();
    const a = await open('notify', { url: `postgres://digest@127.0.0.1:${proxy.port}/postgres`, schema });
    const b = await open('notify', { url: server.url, schema });
    await listening(a);
    const first = next(a, 'news');
    b.state.publish('news', 'one');
    expect(await first).toBe('one');
    proxy.cutAll();
    const second = next(a, 'news');
    b.state.publish('news', 'two');
    expect(await second).toBe('two');
    await listening(a);
  });

  it('behind PgBouncer in transaction mode: no notification comes through, which is found out, and all is heard by polling', async () => {
    const url = await pgBouncer(server);
    const schema = server.newSchema();
    const [a, b] = [await open('notify', { url, schema }), await open('notify', { url: server.url, schema })];
    await listening(b);
    expect(await a.listener.probed()).toBe('poll');
    const [toA, toB] = [next(a, 'news'), next(b, 'answer')];
    b.state.publish('news', 'hello');
    expect(await toA).toBe('hello');
    a.state.publish('answer', 'hello too');
    expect(await toB).toBe('hello too');
    await a.state.set('rules', 'x');
    expect(await b.state.get('rules')).toBe('x');
  });

  it('a crash of the server, which forgets signals, makes everybody look at the settings again', async () => {
    const own = await PostgresServer.start();
    const a = await open('notify', { url: own.url, limits: { repeatMs: 60_000 } });
    const told = new Promise<void>((resolve) => void a.state.watch('rules', resolve));
    await own.crash();
    await own.restart();
    await told;
    const b = await open('notify', { url: own.url });
    const after = next(a, 'news');
    b.state.publish('news', 'after the crash');
    expect(await after).toBe('after the crash');
  });
});
