import { expect, it } from '@jest/globals';
import { errorCodes, neverConnected } from './line-error.js';
import { lineFault } from './slack/slack-poster.js';
import { ofError } from './http/http-failure.js';

const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
const reset = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });

it('finds the codes of what caused an error, and what of them means that nothing was sent', () => {
  const wrapped = new TypeError('fetch failed', { cause: refused });
  expect(errorCodes(wrapped)).toEqual(['ECONNREFUSED']);
  expect([neverConnected(errorCodes(wrapped)), neverConnected(errorCodes(reset)), neverConnected([])]).toEqual([
    true,
    false,
    false,
  ]);
  expect(errorCodes('no error')).toEqual([]);
});

it('G3 a line that was never there is tried again, one that broke is uncertain', () => {
  expect(lineFault(new TypeError('fetch failed', { cause: refused }))).toMatchObject({ sent: false });
  expect(lineFault(new TypeError('fetch failed', { cause: reset }))).toMatchObject({ sent: true });
  const settings = { timeout: 'WEBHOOK_TIMEOUT_MS', allowPrivate: 'webhook.allowPrivate' };
  const call = { sent: true, timedOut: false };
  expect(ofError({ ...call, error: refused }, false, settings)).toMatchObject({
    kind: 'retry',
    failure: { reason: 'connection_failed' },
  });
  expect(ofError({ ...call, error: reset }, false, settings)).toMatchObject({
    kind: 'uncertain',
    failure: { reason: 'uncertain' },
  });
  const unsent = { error: new Error('aborted'), sent: false };
  expect(ofError({ ...unsent, timedOut: true }, false, settings)).toMatchObject({
    kind: 'retry',
    failure: { reason: 'timed_out' },
  });
  expect(ofError({ ...unsent, timedOut: false }, true, settings)).toMatchObject({
    kind: 'deferred',
    failure: { reason: 'interrupted' },
  });
});
