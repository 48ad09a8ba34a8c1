import { describe, expect, it } from '@jest/globals';
import { InvalidConfigurationError } from '../model/errors.js';
import { assertGuarded } from './application.js';

const open = { prefix: 'notifications' };
const guarded = { prefix: 'notifications', apiToken: 'canary-token' };

describe('assertGuarded', () => {
  it.each(['127.0.0.1', '127.1.2.3', '::1', 'localhost', 'LOCALHOST'])('%s needs no API_TOKEN', (host) =>
    expect(() => assertGuarded(host, open)).not.toThrow(),
  );

  it.each(['0.0.0.0', '::', '10.0.0.1', 'example.com', '127.0.0.1.example.com', '::ffff:127.0.0.1'])(
    '%s needs API_TOKEN',
    (host) => {
      expect(() => assertGuarded(host, open)).toThrow(InvalidConfigurationError);
      expect(() => assertGuarded(host, guarded)).not.toThrow();
    },
  );
});
