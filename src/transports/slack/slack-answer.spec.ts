import { describe, expect, it } from '@jest/globals';
import { type SlackResponse, webApiAnswer, webhookAnswer } from './slack-answer.js';
import { slackFailure } from './slack-failure.js';

const response = (body: string, over: Partial<SlackResponse> = {}): SlackResponse => ({
  status: 200,
  body,
  complete: true,
  ...over,
});

function verdict(answer: ReturnType<typeof webApiAnswer> | ReturnType<typeof webhookAnswer>): string {
  if (!('fault' in answer)) return 'taken';
  const { kind, failure } = slackFailure(answer.fault);
  return `${kind} ${failure.reason}`;
}

describe('webApiAnswer', () => {
  it.each([
    ['{"ok":true,"ts":"1.2"}', 'taken'],
    ['{"ok":true,"ts":7}', 'taken'],
    ['{"ok":"true"}', 'retry temporarily_refused'],
    ['{"ok":1,"ts":"1.2"}', 'retry temporarily_refused'],
    ['{"ok":false}', 'retry temporarily_refused'],
    ['{"ok":false,"error":7}', 'retry temporarily_refused'],
    ['{"ok":false,"error":"channel_not_found"}', 'permanent address_rejected'],
    ['{"ok":false,"error":"ratelimited"}', 'retry rate_limited'],
    ['{"error":"channel_not_found"}', 'permanent address_rejected'],
    ['[]', 'retry temporarily_refused'],
    ['true', 'retry temporarily_refused'],
    ['null', 'retry temporarily_refused'],
    ['', 'retry temporarily_refused'],
    ['<html>', 'retry temporarily_refused'],
    ['{"ok":tru', 'uncertain uncertain'],
  ])('200 %s: %s', (body, expected) => {
    expect(verdict(webApiAnswer(response(body)))).toBe(expected);
  });

  it.each([
    [200, '', 'uncertain uncertain'],
    [200, '{"ok":true', 'uncertain uncertain'],
    [200, '<html>', 'retry temporarily_refused'],
    [503, '', 'retry temporarily_refused'],
  ])('%i with the beginning of a body, %j: %s', (status, body, expected) => {
    expect(verdict(webApiAnswer(response(body, { status, complete: false })))).toBe(expected);
  });

  it.each([
    [429, '{"ok":true}', 'retry rate_limited'],
    [400, '{"ok":false,"error":"invalid_auth"}', 'channel_unavailable credentials_rejected'],
    [403, '<html>', 'retry temporarily_refused'],
    [302, '', 'retry temporarily_refused'],
    [404, 'channel_not_found', 'permanent address_rejected'],
    [404, 'what?', 'permanent content_rejected'],
  ])('%i %s: %s', (status, body, expected) => {
    expect(verdict(webApiAnswer(response(body, { status })))).toBe(expected);
  });
});

describe('webhookAnswer', () => {
  it.each([
    [200, 'ok', true, 'taken'],
    [200, 'ok\n', true, 'taken'],
    [200, 'ok', false, 'uncertain uncertain'],
    [200, '', true, 'retry temporarily_refused'],
    [200, '', false, 'uncertain uncertain'],
    [200, '<html>', true, 'retry temporarily_refused'],
    [200, 'invalid_payload', true, 'permanent content_rejected'],
    [404, 'no_service', true, 'channel_unavailable credentials_rejected'],
    [429, '', true, 'retry rate_limited'],
    [500, 'invalid_payload', true, 'retry temporarily_refused'],
  ])('%i %j, complete: %s: %s', (status, body, complete, expected) => {
    expect(verdict(webhookAnswer(response(body, { status, complete })))).toBe(expected);
  });
});
