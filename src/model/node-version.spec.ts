import { describe, expect, it } from '@jest/globals';
import { nodeProblem } from './node-version.js';

describe('nodeProblem', () => {
  it.each(['22.13.0', '22.23.1', '23.0.0', '24.21.0'])('accepts %s', (version) => {
    expect(nodeProblem(version)).toBeUndefined();
  });

  it.each(['18.20.8', '20.20.2', '22.12.0', '22.5.1'])('says in one line what %s is too old for', (version) => {
    expect(nodeProblem(version)).toBe(`nestjs-digest needs Node.js 22.13 or later (for node:sqlite), and this is ${version}`);
  });
});
