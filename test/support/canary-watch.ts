import { afterEach, beforeEach, expect } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { leaks, watch, WatchingLogger } from './canaries.js';

/** Before each file of the suite: whatever is printed or logged, at any level, is read along, and no secret may be in it. */
for (const [where, stream] of [
  ['stdout', process.stdout],
  ['stderr', process.stderr],
] as const) {
  const write = stream.write.bind(stream) as (...parts: unknown[]) => boolean;
  stream.write = (chunk: string | Uint8Array, ...rest: unknown[]): boolean => {
    watch(where, typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8'));
    return write(chunk, ...rest);
  };
}

beforeEach(() => {
  Logger.overrideLogger(new WatchingLogger());
});
afterEach(() => {
  expect(leaks()).toEqual([]);
});
