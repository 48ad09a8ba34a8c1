/** Another instance did the same at the same time: the transaction is rolled back and made again. */
export class Conflict extends Error {
  /** SQLSTATE serialization_failure (PostgreSQL documentation, appendix A). */
  readonly code = '40001';
}
