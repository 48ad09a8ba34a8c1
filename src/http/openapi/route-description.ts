import { listOf, objectOf, type Schema, TEXT } from './view-schemas.js';

/** What is said of one route beyond its path. */
export interface RouteDescription {
  /** Method in lower case and path below the prefix. */
  readonly route: string;
  /** Query parameters by name. */
  readonly query?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly body?: Schema;
  /** Content type of the body; JSON when absent. */
  readonly bodyType?: string;
  /** Status of success. */
  readonly status: number;
  readonly answer: Schema;
  /** Content type of the answer; JSON when absent. */
  readonly answerType?: string;
  readonly what: string;
}

/** The query parameters of a list. */
export const PAGE: Readonly<Record<string, Schema>> = {
  limit: { type: 'integer', minimum: 1, maximum: 200, default: 50 },
  cursor: { type: 'string', description: 'The `next` of the page before.' },
};

/** The answer of a list, and what else stands in it. */
export function page(items: Schema, more: Readonly<Record<string, Schema>> = {}): Schema {
  return objectOf({ items: listOf(items), next: TEXT, ...more }, ['next']);
}
