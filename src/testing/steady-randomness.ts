import { Randomness } from '../model/randomness.js';

/** No chance: the middle of its range every time, so that a retry comes after half of its back-off in each run of a test. */
export class SteadyRandomness extends Randomness {
  next(): number {
    return 0.5;
  }
}
