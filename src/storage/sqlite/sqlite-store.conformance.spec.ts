import { sqliteUnderTest } from '../../../test/support/sqlite-under-test.js';
import { SUITE_RUNNER } from '../../../test/support/suite-runner.js';
import { describeStore } from '../store.conformance.js';

describeStore(SUITE_RUNNER, 'SQLite', sqliteUnderTest);
