import './model/node-version.js';

export { describeSharedStore, type SharedStoreUnderTest } from './storage/shared-store.conformance.js';
export {
  MAX_PENDING as STORE_SUITE_MAX_PENDING,
  type OpenStore,
  type StoreUnderTest,
  T0 as STORE_SUITE_START_AT,
} from './storage/store-bench.conformance.js';
export { describeStore } from './storage/store.conformance.js';
export {
  type StoreSuiteRunner,
  type SuiteExpect,
  type SuiteExpectation,
  type SuiteMatchers,
} from './storage/suite-runner.conformance.js';
export { describeWindows, type OpenEmptyStore } from './storage/windows.conformance.js';
export { createMemoryStore, type MemoryStoreSettings } from './testing/create-memory-store.js';
export { ManualClock } from './testing/manual-clock.js';
export {
  createNotificationTestingModule,
  type NotificationTesting,
  type NotificationTestingOptions,
  type ProviderOverrides,
} from './testing/notification-testing.js';
export { type Answer, type RecordedMessage, RecordingTransport } from './testing/recording-transport.js';
export { describeTransport } from './testing/transport-suite.js';
export {
  type ReceiverAnswer,
  type TransportSuiteRunner,
  type TransportSuiteSettings,
  type TransportUnderTest,
} from './testing/transport-under-test.js';
