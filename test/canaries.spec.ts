import { expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { CANARIES, leaks, watch, watchFor, WatchingLogger } from './support/canaries.js';

it('finds a secret in what is logged at any level, and in an answer, however it is written', () => {
  Logger.overrideLogger(new WatchingLogger());
  const logger = new Logger('Test');
  logger.debug(`a debug log of ${CANARIES.apiToken}`);
  logger.verbose({ deep: { in: { an: { object: CANARIES.slackToken } } } });
  logger.error(new Error(`535 ${Buffer.from(CANARIES.smtpPassword).toString('base64')}`));
  watch('an answer', `/services/${encodeURIComponent(CANARIES.slackHook)}`);
  watchFor('one of its own', 'canary-9');
  watch('a page', 'canary-9 canary-8');
  expect(leaks().map((leak) => leak.split(':')[0])).toEqual([
    'apiToken in debug log',
    'slackToken in verbose log',
    'smtpPassword in error',
    'slackHook in an answer',
    'one of its own in a page',
  ]);
  expect(leaks()).toEqual([]);
});
