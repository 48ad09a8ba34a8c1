import { describe, expect, it } from '@jest/globals';
import { InvalidConfigurationError } from '../model/errors.js';
import { type HttpOptions } from './http-options.js';
import { resolveOptions } from './resolve.js';

const resolve = (http: HttpOptions | boolean) => resolveOptions({ http }, {}).http;

function problemsOf(http: HttpOptions): readonly string[] {
  try {
    resolve(http);
  } catch (error) {
    if (error instanceof InvalidConfigurationError) return error.problems;
    throw error;
  }
  return [];
}

describe('the option http', () => {
  it('has a default for everything that is not set', () => {
    expect(resolve(true)).toEqual({ prefix: 'notifications', ticketSecrets: [], guards: [], open: false, origins: [] });
    expect(resolve(false)).toBe(false);
  });

  it('takes NOTIFICATIONS_PUBLIC_URL, and refuses what is no address', () => {
    const publicUrl = (value: string) => resolveOptions({ http: true }, { NOTIFICATIONS_PUBLIC_URL: value }).http;
    expect(publicUrl('https://app.example.com/notify/')).toMatchObject({ publicUrl: 'https://app.example.com/notify' });
    for (const wrong of ['app.example.com', 'ftp://app.example.com', 'https://app.example.com/?x=1']) {
      expect(() => publicUrl(wrong)).toThrow(/NOTIFICATIONS_PUBLIC_URL: .*an address like/);
    }
  });

  it('writes hosts and origins as they are compared', () => {
    expect(resolve({ hosts: ['Example.COM', '[::1]:80'], origins: ['HTTPS://Admin.example.com:443/'] })).toMatchObject({
      hosts: ['example.com', '[::1]:80'],
      origins: ['https://admin.example.com'],
    });
  });

  it('names every host and origin that is none', () => {
    const problems = problemsOf({ hosts: ['localhost', 'http://x', ''], origins: ['https://x', 'example.com', 'file:///x'] });
    expect(problems.map((problem) => problem.split(':')[0])).toEqual([
      'http.hosts[1]',
      'http.hosts[2]',
      'http.origins[1]',
      'http.origins[2]',
    ]);
  });
});
