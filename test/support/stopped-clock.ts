export { ManualClock as StoppedClock } from '../../src/testing/manual-clock.js';
