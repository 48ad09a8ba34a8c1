import { describe, expect, it } from '@jest/globals';
import { hostProblem, originProblem } from './request-origin.js';

const loopback = { hosts: ['localhost', '127.0.0.1', '[::1]'], origins: [] };

describe('hostProblem', () => {
  it.each(['localhost', 'LOCALHOST:3000', '127.0.0.1', '127.0.0.1:1', '[::1]', '[::1]:3000'])('serves %s', (host) =>
    expect(hostProblem({ host }, loopback)).toBeUndefined(),
  );

  it.each(['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', 'localhost:80:80', '', '[::1', '::1'])(
    'refuses %p',
    (host) => expect(hostProblem({ host }, loopback)).toContain('is not served here'),
  );

  it('refuses a request without one, and serves every name without a list', () => {
    expect(hostProblem({}, loopback)).toEqual(expect.any(String));
    expect(hostProblem({ host: 'evil.example' }, { origins: [] })).toBeUndefined();
  });

  it('takes the port of an entry that has one', () => {
    const rules = { hosts: ['a.example:8080'], origins: [] };
    expect(hostProblem({ host: 'a.example:8080' }, rules)).toBeUndefined();
    expect(hostProblem({ host: 'a.example' }, rules)).toEqual(expect.any(String));
    expect(hostProblem({ host: 'a.example:81' }, rules)).toEqual(expect.any(String));
  });
});

describe('originProblem', () => {
  const rules = { origins: ['https://admin.example.com'] };
  const host = 'app.example.com:8080';

  it.each<[string, Record<string, string>]>([
    ['no page', {}],
    ['its own page', { origin: 'http://app.example.com:8080' }],
    ['its own page, TLS ended by a proxy', { origin: 'https://app.example.com:8080' }],
    ['an allowed origin', { origin: 'https://admin.example.com', 'sec-fetch-site': 'same-site' }],
    ['same-origin behind a proxy that changes Host', { origin: 'https://public.example.com', 'sec-fetch-site': 'same-origin' }],
    ['same-origin without a referrer', { origin: 'null', 'sec-fetch-site': 'same-origin' }],
    ['the user', { 'sec-fetch-site': 'none' }],
  ])('lets %s change something', (_, headers) => expect(originProblem('POST', { host, ...headers }, rules)).toBeUndefined());

  it.each<[string, Record<string, string>]>([
    ['another origin', { origin: 'http://evil.example' }],
    ['an opaque origin', { origin: 'null' }],
    ['another port', { origin: 'http://app.example.com' }],
    ['another site', { 'sec-fetch-site': 'cross-site' }],
    ['a sub-domain', { 'sec-fetch-site': 'same-site' }],
    ['rubbish', { origin: '://' }],
    ['a name that begins alike', { origin: 'http://app.example.com:8080.evil.example' }],
  ])('refuses %s', (_, headers) => {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      expect(originProblem(method, { host, ...headers }, rules)).toContain('may not do this');
    }
    expect(originProblem('GET', { host, ...headers }, rules)).toBeUndefined();
  });

  it('knows the default port of each scheme', () => {
    expect(originProblem('POST', { host: 'a.example:443', origin: 'https://a.example' }, rules)).toBeUndefined();
    expect(originProblem('POST', { host: 'a.example:80', origin: 'http://a.example' }, rules)).toBeUndefined();
    expect(originProblem('POST', { host: 'a.example', origin: 'http://a.example:81' }, rules)).toEqual(expect.any(String));
  });
});
