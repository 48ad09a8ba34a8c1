/** What a runner's `expect` says of a value: the matchers that the suites use. */
export interface SuiteMatchers<Result> {
  toBe(expected: unknown): Result;
  toBeGreaterThan(expected: number): Result;
  toBeGreaterThanOrEqual(expected: number): Result;
  toBeLessThanOrEqual(expected: number): Result;
  toBeUndefined(): Result;
  toContain(item: unknown): Result;
  toContainEqual(item: unknown): Result;
  toEqual(expected: unknown): Result;
  toHaveLength(length: number): Result;
  toHaveProperty(path: string): Result;
  toMatchObject(expected: object): Result;
  toThrow(expected?: string | (new (...args: never[]) => Error)): Result;
}

export interface SuiteExpectation extends SuiteMatchers<unknown> {
  readonly not: SuiteMatchers<unknown>;
  readonly rejects: SuiteMatchers<Promise<unknown>>;
}

export interface SuiteExpect {
  (actual: unknown): SuiteExpectation;
  any(constructor: unknown): unknown;
  arrayContaining(items: unknown[]): unknown;
  objectContaining(part: object): unknown;
}

/** The parts of a test runner that the suites of a store need: those of Jest, of vitest, or of any other of their kind. */
export interface StoreSuiteRunner {
  readonly describe: (name: string, body: () => void) => unknown;
  readonly it: (name: string, body: () => Promise<void>) => unknown;
  readonly beforeEach: (body: () => Promise<void>) => unknown;
  readonly afterEach: (body: () => Promise<void>) => unknown;
  readonly expect: SuiteExpect;
}
