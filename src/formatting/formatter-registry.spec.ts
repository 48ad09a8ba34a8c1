import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Logger, type LoggerService } from '@nestjs/common';
import { claimedMessage } from '../../test/support/claimed-message.js';
import { rendering } from '../../test/support/rendering.js';
import { type FormatterRegistry } from './formatter-registry.js';

const lines: string[] = [];
const logger: LoggerService = {
  log: () => undefined,
  warn: () => undefined,
  error: (text: unknown) => void lines.push(`error ${String(text)}`),
  debug: (text: unknown) => void lines.push(`debug ${String(text)}`),
};

function registry(fallback: boolean): FormatterRegistry {
  const { formatters } = rendering({ formatting: { fallback } });
  formatters.registerBuiltIn('email', { format: () => 'built in' });
  return formatters;
}

describe('a formatter that throws', () => {
  beforeEach(() => void Logger.overrideLogger(logger));
  afterEach(() => {
    Logger.overrideLogger(false);
    lines.length = 0;
  });

  it('is named with the message and its type, once an episode; the stack of what it threw stands at the level debug', () => {
    const formatters = registry(true);
    let isBroken = true;
    const cause = new TypeError('no such field');
    formatters.register(
      { channel: 'email', type: 'alert' },
      {
        format: () => {
          if (isBroken) throw new Error('the subject\nfailed', { cause });
          return 'own';
        },
      },
    );
    const message = claimedMessage([{ type: 'alert' }], { messageId: 'm-1' });
    expect([formatters.format(message), formatters.format(message)]).toEqual([{ content: 'built in' }, { content: 'built in' }]);
    expect(lines).toEqual([
      'error the formatter for email alert failed at the message m-1 of the type alert (Error: the subject failed); the built-in one is used',
      `debug ${cause.stack ?? ''}`,
    ]);
    isBroken = false;
    expect(formatters.format(message)).toEqual({ content: 'own' });
    isBroken = true;
    expect(formatters.format(message)).toEqual({ content: 'built in' });
    expect(lines).toHaveLength(4);
  });

  it('ends its messages where no built-in one may take its place', () => {
    const formatters = registry(false);
    formatters.register(
      { channel: 'email' },
      {
        format: () => {
          throw new Error('broken');
        },
      },
    );
    expect(formatters.format(claimedMessage())).toMatchObject({ failure: { reason: 'unrenderable' } });
    expect(lines[0]).toMatch(/its messages are dead$/);
  });
});

it('a digest of several types takes the formatter of the channel, never that of its first type', () => {
  const formatters = registry(true);
  formatters.register({ channel: 'email', type: 'alert' }, { format: () => 'alerts' });
  const mixed = claimedMessage([{ type: 'alert' }, { type: 'reminder' }]);
  expect(formatters.format(mixed)).toEqual({ content: 'built in' });
  expect(formatters.mayBeLazy(mixed)).toBe(true);
  formatters.register({ channel: 'email' }, { format: () => 'all' });
  expect(formatters.format(mixed)).toEqual({ content: 'all' });
  expect(formatters.format(claimedMessage([{ type: 'alert' }, { type: 'alert' }]))).toEqual({ content: 'alerts' });
});
