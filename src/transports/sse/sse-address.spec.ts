import { expect, it } from '@jest/globals';
import { addressesOf, sseAddressProblem, topicProblem, userProblem } from './sse-address.js';

it.each(['7', 'ann@example.com', 'ünïcode', 'x'.repeat(200), '*', 'topic:deploys', `topic:${'x'.repeat(100)}`, 'topics:x', '**'])(
  'takes the address %j',
  (address) => expect(sseAddressProblem(address)).toBeUndefined(),
);

it.each(['', 'x'.repeat(201), 'a\nb', 'topic:', 'topic:a\u0000', `topic:${'x'.repeat(101)}`])(
  'refuses the address %j',
  (address) => expect(sseAddressProblem(address)).toMatch(/^must be/),
);

it('a user is never a topic or everybody, so that no ticket for a user opens these', () => {
  expect(userProblem('*')).toBe('must be a user id, neither * nor topic:NAME');
  expect(userProblem('topic:x')).toBe('must be a user id, neither * nor topic:NAME');
  expect([userProblem('ann'), topicProblem('*'), topicProblem('topic:x')]).toEqual([undefined, undefined, undefined]);
});

it('a reader gets what is for it, for its topics, each once, and for everybody', () => {
  expect(addressesOf({ user: 'ann', topics: ['a', 'b', 'a'] })).toEqual(['ann', 'topic:a', 'topic:b', '*']);
  expect(addressesOf({ topics: ['*'] })).toEqual(['topic:*', '*']);
  expect(addressesOf({ topics: [] })).toEqual(['*']);
});
