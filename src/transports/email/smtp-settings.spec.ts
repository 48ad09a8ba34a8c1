import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { SmtpSettings } from './smtp-settings.js';

describe('SmtpSettings', () => {
  it.each([
    ['smtp://localhost', 'localhost:587', false],
    ['smtp://mail.example.com:25', 'mail.example.com:25', false],
    ['smtps://mail.example.com', 'mail.example.com:465', true],
    ['smtp://[::1]:2525', '[::1]:2525', false],
  ])('reads %s', (url, server, secure) => {
    const settings = new SmtpSettings(url);
    expect(settings.server).toBe(server);
    expect(settings.connection.secure).toBe(secure);
    expect(settings.credentials).toBeUndefined();
  });

  it.each([
    ['smtp://u:p@mail.example.com', true],
    ['smtp://u:p@10.0.0.1', true],
    ['smtp://u:p@localhost.example.com', true],
    ['smtp://u:p@128.0.0.1', true],
    ['smtps://u:p@mail.example.com', false],
    ['smtp://mail.example.com', false],
    ['smtp://u:p@localhost', false],
    ['smtp://u:p@LOCALHOST.:25', false],
    ['smtp://u:p@127.8.0.1', false],
    ['smtp://u:p@[::1]', false],
  ])('%s requires TLS: %s', (url, requiresTls) => {
    expect(new SmtpSettings(url).requiresTls).toBe(requiresTls);
    expect(new SmtpSettings(url, true).requiresTls).toBe(false);
  });

  it('G10 keeps the password to itself', () => {
    const settings = new SmtpSettings('smtp://rob%40x:p%40ss%25@localhost');
    expect(settings.credentials).toEqual({ user: 'rob@x', pass: 'p@ss%' });
    expect(inspect(settings, { showHidden: true, depth: 9 }) + JSON.stringify(settings)).not.toMatch(/p@ss|p%40ss/);
    expect(settings.redact('you said p@ss%')).toBe('you said ***');
  });

  it.each(['', 'localhost:25', 'http://u:secret@localhost', 'smtp:/', 'smtp://u:secret%@localhost', 'u:secret@localhost'])(
    'refuses %j without showing it',
    (url) => {
      expect(() => new SmtpSettings(url)).toThrow(/smtp\(s\):\/\/user:password@host:port.*\(its value is not shown\)/);
      expect(() => new SmtpSettings(url)).not.toThrow(/secret/);
    },
  );
});
