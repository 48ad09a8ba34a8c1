import { expect, it } from '@jest/globals';
import { redactionOf } from './secret-redaction.js';

it('G10 replaces a secret in each form in which it is repeated', () => {
  const redact = redactionOf(['p@ss', '', 'p@ssword']);
  const base64 = Buffer.from('p@ssword').toString('base64');
  expect(redact(`p@ss, p@ssword, p%40ssword and ${base64}; nothing else`)).toBe('***, ***, *** and ***; nothing else');
});
