/**
 * A transaction of the application that `enqueue` joins. It is made by `fromPg`, `fromTypeOrm`, `fromPrisma`, `fromDrizzle`, `fromKysely` or
 * `fromKnex` of `nestjs-digest/postgres`; a host with another library extends it.
 */
export abstract class TransactionExecutor {
  /**
   * Runs one INSERT in the transaction.
   *
   * @param text   with `$1` to `$n` for its values, each once and in order
   * @param values of `$1` to `$n`
   */
  abstract insert(text: string, values: readonly string[]): Promise<void>;
}
