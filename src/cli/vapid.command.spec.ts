import { parseEnv } from 'node:util';
import { expect, it } from '@jest/globals';
import { type CommandResult, runCommand } from '../../test/support/run-command.js';
import { resolveOptions } from '../config/resolve.js';
import { declareVapid } from './vapid.command.js';

const run = (...args: readonly string[]): Promise<CommandResult> => runCommand([declareVapid], args, { variables: {} });

it('prints a pair of keys that turns Web Push on, another one each time', async () => {
  const { code, out, error } = await run('vapid', '--subject', 'mailto:ops@example.com');
  expect([code, error]).toEqual([0, '']);
  const variables = parseEnv(out);
  expect(out.match(/^\w+(?==)/gm)).toEqual(['VAPID_SUBJECT', 'VAPID_PUBLIC_KEY', 'VAPID_PRIVATE_KEY']);
  expect(resolveOptions({}, variables).push.vapid).toEqual({
    subject: 'mailto:ops@example.com',
    publicKey: variables['VAPID_PUBLIC_KEY'],
    privateKey: variables['VAPID_PRIVATE_KEY'],
  });
  expect((await run('vapid')).out).not.toContain(String(variables['VAPID_PUBLIC_KEY']));
});

it('leaves the subject to be filled in where none is given', async () => {
  const { code, out } = await run('vapid');
  expect(code).toBe(0);
  expect(out).toMatch(/^# VAPID_SUBJECT=mailto:ops@example\.com\nVAPID_PUBLIC_KEY=\S{87}\nVAPID_PRIVATE_KEY=\S{43}\n$/);
});

it.each([
  ['ops@example.com', 1, 'push.subject'],
  ['https://localhost', 1, 'push.subject'],
  ['mailto:a@b.c\nEVIL=1', 1, 'push.subject'],
])('refuses the subject %j', async (subject, expected, text) => {
  const { code, out, error } = await run('vapid', '--subject', subject);
  expect([code, out]).toEqual([expected, '']);
  expect(error).toContain(text);
});
