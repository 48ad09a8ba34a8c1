import './model/node-version.js';

export { ManualClock } from './testing/manual-clock.js';
export {
  createNotificationTestingModule,
  type NotificationTesting,
  type NotificationTestingOptions,
  type ProviderOverrides,
} from './testing/notification-testing.js';
export { type Answer, type RecordedMessage, RecordingTransport } from './testing/recording-transport.js';
export {
  describeTransport,
  type ReceiverAnswer,
  type TransportSuiteRunner,
  type TransportUnderTest,
} from './testing/transport-suite.js';
