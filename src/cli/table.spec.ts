import { expect, it } from '@jest/globals';
import { tableOf } from './table.js';

it('aligns columns: numbers to the right, texts to the left, nothing for what is undefined', () => {
  expect(
    tableOf(
      ['NAME', 'COUNT', 'NOTE'],
      [
        ['a', 5, undefined],
        ['longer', 123456, 'x'],
      ],
    ),
  ).toBe('NAME     COUNT  NOTE\na            5\nlonger  123456  x\n');
});

it('shows nothing that a terminal would obey', () => {
  const title = '\u001b[2Ja\u001b]0;b\u0007\rc\nd\u202ee';
  const table = tableOf(['TITLE'], [[title]]);
  // eslint-disable-next-line no-control-regex -- what is looked for
  expect(table).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  expect(table.split('\n')).toHaveLength(3);
});
