/** What a runner's `expect` says of a value: the matchers that the suites use. */
export interface SuiteMatchers<Result> {
  /** As in Jest and vitest. */
  toBe(expected: unknown): Result;
  /** As in Jest and vitest. */
  toBeGreaterThan(expected: number): Result;
  /** As in Jest and vitest. */
  toBeGreaterThanOrEqual(expected: number): Result;
  /** As in Jest and vitest. */
  toBeLessThanOrEqual(expected: number): Result;
  /** As in Jest and vitest. */
  toBeUndefined(): Result;
  /** As in Jest and vitest. */
  toContain(item: unknown): Result;
  /** As in Jest and vitest. */
  toContainEqual(item: unknown): Result;
  /** As in Jest and vitest. */
  toEqual(expected: unknown): Result;
  /** As in Jest and vitest. */
  toHaveLength(length: number): Result;
  /** As in Jest and vitest. */
  toHaveProperty(path: string): Result;
  /** As in Jest and vitest. */
  toMatchObject(expected: object): Result;
  /** As in Jest and vitest. */
  toThrow(expected?: string | (new (...args: never[]) => Error)): Result;
}

/** What `expect` of a runner returns. */
export interface SuiteExpectation extends SuiteMatchers<unknown> {
  /** The opposite. */
  readonly not: SuiteMatchers<unknown>;
  /** Of the error of a promise. */
  readonly rejects: SuiteMatchers<Promise<unknown>>;
}

/** The runner's `expect`. */
export interface SuiteExpect {
  (actual: unknown): SuiteExpectation;
  /** As in Jest and vitest. */
  any(constructor: unknown): unknown;
  /** As in Jest and vitest. */
  arrayContaining(items: unknown[]): unknown;
  /** As in Jest and vitest. */
  objectContaining(part: object): unknown;
}

/** The parts of a test runner that the suites of a store need: those of Jest, of vitest, or of any other of their kind. */
export interface StoreSuiteRunner {
  /** The runner's own. */
  readonly describe: (name: string, body: () => void) => unknown;
  /** The runner's own. */
  readonly it: (name: string, body: () => Promise<void>) => unknown;
  /** The runner's own. */
  readonly beforeEach: (body: () => Promise<void>) => unknown;
  /** The runner's own. */
  readonly afterEach: (body: () => Promise<void>) => unknown;
  /** The runner's own. */
  readonly expect: SuiteExpect;
}
