import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { ManualClock } from '../../testing/manual-clock.js';
import { HttpConnections } from '../http/http-connections.js';
import { type PostAnswer } from '../http/http-agent.js';
import { FcmCredentials } from './fcm-credentials.js';

const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});

/** Connections whose answers the test gives. */
class AnsweredConnections extends HttpConnections {
  readonly asked: PromiseWithResolvers<PostAnswer>[] = [];

  override post(): Promise<PostAnswer> {
    const answer = Promise.withResolvers<PostAnswer>();
    this.asked.push(answer);
    return answer.promise;
  }

  answer(text: unknown, status = 200): void {
    this.asked.at(-1)?.resolve({ status, retryAfter: undefined, text: JSON.stringify(text) });
  }
}

function bench() {
  const clock = new ManualClock();
  const connections = new AnsweredConnections({ allowPrivate: true, timeoutMs: 1_000, connections: 1 }, clock);
  const account = {
    project_id: 'shop',
    client_email: 'a@shop.example',
    private_key: privateKey,
    token_uri: 'http://127.0.0.1:1/',
  };
  return { clock, connections, credentials: new FcmCredentials(account, connections, clock) };
}

describe('access tokens for FCM', () => {
  const running = new AbortController().signal;

  it('are asked for once for all who wait, and a caller that is stopped stops none of the others', async () => {
    const { connections, credentials } = bench();
    const stop = new AbortController();
    const first = credentials.token(stop.signal);
    const second = credentials.token(running);
    stop.abort();
    await expect(first).rejects.toThrow('stopped');
    connections.answer({ access_token: 'one', expires_in: 3_600 });
    expect([await second, await credentials.token(running), connections.asked.length]).toEqual(['one', 'one', 1]);
  });

  it('a refused one is forgotten, and not the one that took its place', async () => {
    const { connections, credentials } = bench();
    const first = credentials.token(running);
    connections.answer({ access_token: 'one', expires_in: 3_600 });
    await first;
    credentials.forget('one');
    const second = credentials.token(running);
    connections.answer({ access_token: 'two', expires_in: 3_600 });
    await second;
    credentials.forget('one');
    expect([await credentials.token(running), connections.asked.length]).toEqual(['two', 2]);
  });

  it.each([
    [60, 29_000, 31_000],
    [3_600, 54 * 60_000, 56 * 60_000],
    [1e12, 54 * 60_000, 56 * 60_000],
    [-5, 54 * 60_000, 56 * 60_000],
  ])('one with a life of %i s is used for as long as is safe', async (seconds, usedMs, endedMs) => {
    const { clock, connections, credentials } = bench();
    const first = credentials.token(running);
    connections.answer({ access_token: 'one', expires_in: seconds });
    await first;
    clock.advance(usedMs);
    expect(await credentials.token(running)).toBe('one');
    clock.advance(endedMs - usedMs);
    const second = credentials.token(running);
    connections.answer({ access_token: 'two', expires_in: 3_600 });
    expect(await second).toBe('two');
  });

  it.each([
    [400, true],
    [401, true],
    [408, false],
    [429, false],
    [500, false],
    [200, false],
  ])('a token service that answers %i without a token: final is %s', async (status, isFinal) => {
    const { connections, credentials } = bench();
    const token = credentials.token(running);
    connections.answer({ error: 'invalid_grant' }, status);
    await expect(token).rejects.toMatchObject({ isFinal, message: expect.stringContaining(String(status)) as unknown });
  });
});
