import { sqliteUnderTest } from '../../../test/support/sqlite-under-test.js';
import { describeStore } from '../store.conformance.js';

describeStore('SQLite', sqliteUnderTest);
