import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { InvalidConfigurationError } from '../model/errors.js';
import { VARIABLE_NAMES } from './environment.js';
import { resolveOptions, resolveServer } from './resolve.js';

function problemsOf(variables: Record<string, string>): readonly string[] {
  try {
    resolveOptions({}, variables);
  } catch (error) {
    if (error instanceof InvalidConfigurationError) return error.problems;
    throw error;
  }
  return [];
}

describe('resolveOptions', () => {
  it('has a default for everything', () => {
    const options = resolveOptions({}, {});
    expect(options.batch).toEqual({
      maxSize: 100,
      maxConcurrency: 10,
      timeoutMs: 5_000,
      trigger: 'both',
      dynamicSizing: true,
      maxAttempts: 5,
      retryBaseMs: 1_000,
    });
    expect(options).toMatchObject({
      onUncertain: 'retry',
      shutdown: { graceMs: 10_000, flush: false },
      email: { from: 'notifications@localhost', poolSize: 5 },
      aggregation: { enabled: true, windowMs: 300_000, maxCount: 20, rules: [] },
      store: { path: './data/notifications.db' },
      queue: { maxPending: 1_000_000 },
      http: false,
    });
    expect(resolveServer({})).toEqual({ host: '127.0.0.1', port: 3_000 });
  });

  it('takes the option over the variable over the default; an empty variable is none', () => {
    const variables = { BATCH_MAX_SIZE: '7', BATCH_TIMEOUT_MS: '9', BATCH_TRIGGER: '', AGGREGATION_ENABLED: 'false' };
    const { batch, aggregation } = resolveOptions({ batch: { maxSize: 3 } }, variables);
    expect([batch.maxSize, batch.timeoutMs, batch.trigger, aggregation.enabled]).toEqual([3, 9, 'both', false]);
  });

  it.each([
    ['BATCH_MAX_SIZE', '0'],
    ['BATCH_MAX_CONCURRENCY', '1.5'],
    ['BATCH_TIMEOUT_MS', '-1'],
    ['BATCH_TRIGGER', 'never'],
    ['BATCH_DYNAMIC_SIZING', 'maybe'],
    ['BATCH_MAX_ATTEMPTS', 'abc'],
    ['BATCH_RETRY_BASE_MS', '0'],
    ['ON_UNCERTAIN', 'pray'],
    ['SHUTDOWN_GRACE_MS', '1e3'],
    ['SHUTDOWN_FLUSH', 'yes'],
    ['EMAIL_POOL_SIZE', '0'],
    ['AGGREGATION_ENABLED', '2'],
    ['AGGREGATION_WINDOW_MS', '-5'],
    ['AGGREGATION_MAX_COUNT', '0'],
    ['AGGREGATION_RULES', '{}'],
    ['SMTP_URL', 'http://mail.example.com'],
    ['EMAIL_FROM', 'nobody'],
    ['REDIS_URL', 'redis://localhost'],
    ['QUEUE_MAX_PENDING', '0'],
    ['API_TOKEN', 'short'],
  ])('refuses %s=%s by name', (name, value) => {
    const problems = problemsOf({ [name]: value });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(name);
  });

  it('names every wrong one at once, and shows no secret', () => {
    const problems = problemsOf({ BATCH_MAX_SIZE: 'x', SMTP_URL: 'mail://user:hunter2secret@host', PORT: '70000' });
    expect(problems.map((problem) => problem.split(':')[0]).sort()).toEqual(['BATCH_MAX_SIZE', 'PORT', 'SMTP_URL']);
    expect(problems.join()).not.toContain('hunter2');
  });

  it('checks every field of a rule', () => {
    const rules = [
      { type: 'alert', windowMs: -1, maxCount: 2, minCount: 3, colour: 'red', schedule: { cron: 'x', timeZone: 'UTC' } },
    ];
    const problems = problemsOf({ AGGREGATION_RULES: JSON.stringify(rules) }).join('\n');
    for (const field of ['windowMs', 'minCount', 'colour', 'schedule'])
      expect(problems).toContain(`AGGREGATION_RULES[0].${field}`);
  });

  it('.env.example names every variable, and no other', () => {
    const names = [...readFileSync('.env.example', 'utf8').matchAll(/^#([A-Z_]+)=/gm)].map(([, name]) => name);
    expect(names.sort()).toEqual([...VARIABLE_NAMES].sort());
  });
});
