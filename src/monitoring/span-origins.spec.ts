import { expect, it } from '@jest/globals';
import { SpanOrigins } from './span-origins.js';

it('remembers the first 128 spans of a message, and the newest 10 000 messages', () => {
  const origins = new SpanOrigins<number>();
  for (let i = 0; i < 200; i++) origins.add('many', i);
  expect(origins.of('many')).toHaveLength(128);
  for (let i = 0; i < 10_000; i++) origins.add(`m${i}`, i);
  expect(origins.of('many')).toEqual([]);
  expect(origins.of('m0')).toEqual([0]);
  origins.replace('m0', 7);
  expect(origins.of('m0')).toEqual([7]);
  origins.forget('m0');
  expect(origins.of('m0')).toEqual([]);
});
