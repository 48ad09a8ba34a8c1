/** Where the module takes chance from, to spread what would otherwise come back all at once. Never for secrets or ids. */
export abstract class Randomness {
  /** Uniform in [0, 1). */
  abstract next(): number;
}

export class SystemRandomness extends Randomness {
  next(): number {
    return Math.random();
  }
}
