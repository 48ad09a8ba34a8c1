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
    expect(resolve(true)).toEqual({ prefix: 'notifications', guards: [], open: false, origins: [] });
    expect(resolve(false)).toBe(false);
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
