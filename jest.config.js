import { readFileSync } from 'node:fs';
import { timeLimitMs } from './test/support/time-limit.ts';

/** Test files that take too long for every change: `npm run check:long` sets `LONG_TESTS=1`. */
const LONG_SPECS = JSON.parse(readFileSync(new URL('test/long-specs.json', import.meta.url), 'utf8'));

/** @type {import('jest').Config} */
const common = {
  rootDir: import.meta.dirname,
  testEnvironment: 'node',
  testPathIgnorePatterns: ['/node_modules/', ...(process.env.LONG_TESTS === '1' ? [] : LONG_SPECS)],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2023',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
        },
        module: { type: 'es6' },
      },
    ],
  },
  setupFiles: ['reflect-metadata', '<rootDir>/test/support/property-seed.ts'],
  setupFilesAfterEnv: ['<rootDir>/test/support/resource-hooks.ts'],
};

export default {
  rootDir: import.meta.dirname,
  // Tests wait for events and move clocks: a limit only ends one that hangs.
  testTimeout: timeLimitMs(2),
  maxWorkers: 2,
  projects: [
    { ...common, displayName: 'unit', testMatch: ['<rootDir>/src/**/*.spec.ts', '<rootDir>/test/*.spec.ts'] },
    {
      ...common,
      displayName: 'e2e',
      testMatch: ['<rootDir>/test/e2e/**/*.e2e-spec.ts'],
      setupFilesAfterEnv: [...common.setupFilesAfterEnv, '<rootDir>/test/support/canary-watch.ts'],
    },
    { ...common, displayName: 'security', testMatch: ['<rootDir>/test/{security,fuzz}/**/*.spec.ts'] },
  ],
};
