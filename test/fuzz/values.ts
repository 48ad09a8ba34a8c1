import { type Random } from './random.ts';

/** Members that careless code would find on a prototype. */
export const PROTOTYPE_NAMES = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'valueOf',
  'hasOwnProperty',
  'toJSON',
  'then',
];

const TEXTS = [
  '',
  ' ',
  '\u0000',
  '\ud800',
  '\u2028',
  '💥'.repeat(300),
  'x'.repeat(70_000),
  "'; DROP TABLE delivery; --",
  '<script>alert(1)</script>',
  '../../../etc/passwd',
  '%00%ff',
  '\r\nX-Injected: 1',
  '${7*7}{{7*7}}<%= 7*7 %>',
  'null',
  'NaN',
  '0x10',
  '1e400',
  '9007199254740993',
  '2027-02-30T00:00:00Z',
  '2026-11-20T24:00:00Z',
  '9999-12-31T23:59:59Z',
  'ann@example.com',
  'ann@exa\tmple.com',
  'https://127.0.0.1:9/hook',
  'https://user:pass@127.0.0.1/\r\nX: y',
  'user:7',
  '*',
  'topic:x',
  'email',
  'slack',
  'critical',
  ...PROTOTYPE_NAMES,
];
const NUMBERS = [
  '0',
  '-0',
  '-1',
  '1',
  '1.5',
  '1e308',
  '1e400',
  '9007199254740993',
  '-9999999999999999999',
  '1E-7',
  '500',
  '60000',
];

/** The JSON text of an odd value. Text, as `JSON.stringify` could write neither deep nesting nor twice the same member. */
export function oddJson(random: Random): string {
  switch (random.below(10)) {
    case 0:
      return 'null';
    case 1:
      return random.pick(['true', 'false']);
    case 2:
      return random.pick(NUMBERS);
    case 3:
      return nested(random.pick([3, 9, 100, 5_000, 20_000]), random.chance(0.5));
    case 4:
      return `{${quoted(random.pick(PROTOTYPE_NAMES))}:${random.pick(['1', '"1"', 'null', '{"constructor":{"constructor":1}}', '[]'])}}`;
    case 5:
      return `[${Array.from({ length: random.pick([0, 1, 3, 1_001, 20_000]) }, () => random.pick(['1', '"a@example.com"', 'null', '{}'])).join()}]`;
    case 6:
      return `{"a":1,"a":2,${quoted(random.pick(TEXTS))}:{}}`;
    default:
      return quoted(random.pick(TEXTS));
  }
}

/** Text for a path or a query. */
export function oddText(random: Random): string {
  return random.chance(0.2) ? random.pick(NUMBERS) : random.pick(TEXTS).slice(0, 3_000);
}

export function quoted(text: string): string {
  return JSON.stringify(text);
}

function nested(levels: number, inObjects: boolean): string {
  return inObjects ? `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}` : `${'['.repeat(levels)}1${']'.repeat(levels)}`;
}
