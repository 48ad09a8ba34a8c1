import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type StoreSuiteRunner } from '../../src/storage/suite-runner.conformance.js';

/** Jest's own functions, for the suites that a host may run with any runner. */
export const SUITE_RUNNER: StoreSuiteRunner = { describe, it, beforeEach, afterEach, expect };
