import { type RefusalCode } from './problem-examples.js';
import { COUNT, listOf, objectOf, type Schema, TEXT } from './schema.js';

/** What a caller needs besides the request: the API token, a ticket (or the token), a signed link, or nothing. */
export type Access = 'token' | 'ticket' | 'link' | 'open';

/** What is said of one route beyond its path. */
export interface RouteDescription {
  /** Method in lower case and path below the prefix. */
  readonly route: string;
  /** The name of the operation, which generated clients make their functions of; unique. */
  readonly id: string;
  /** One sentence. */
  readonly what: string;
  /** What else a caller should know, as Markdown. */
  readonly more?: string;
  /** Defaults to `token`. */
  readonly access?: Access;
  /** Query parameters by name. */
  readonly query?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  /** Header fields that the route reads, by name. */
  readonly headers?: Readonly<Record<string, Schema>>;
  readonly body?: Schema;
  /** Content type of the body; JSON when absent. */
  readonly bodyType?: string;
  /** Bodies that are accepted as they stand, by what they are for. Every JSON body has one. */
  readonly bodies?: Readonly<Record<string, unknown>>;
  /** Status of success. */
  readonly status: number;
  readonly answer: Schema;
  /** Content type of the answer; JSON when absent. */
  readonly answerType?: string;
  /** An answer; every answer in JSON has one. */
  readonly example?: unknown;
  /** Other statuses with an answer of the same shape, and what they say. */
  readonly also?: Readonly<Record<number, string>>;
  /** Refusals of this route alone, besides those that its access, query and body bring. */
  readonly refusals?: readonly RefusalCode[];
}

/** Routes that stand together in the description. */
export interface RouteGroup {
  readonly tag: string;
  readonly description: string;
  readonly routes: readonly RouteDescription[];
}

/** What a list may be narrowed to. */
export const FILTER: Readonly<Record<string, Schema>> = {
  channel: { ...TEXT, minLength: 1, maxLength: 64, description: 'Of this channel.' },
  type: { ...TEXT, minLength: 1, maxLength: 64, description: 'Of this type.' },
  address: { ...TEXT, minLength: 1, maxLength: 2_048, description: 'To this address.' },
};

/** The query parameters of a list. */
export const PAGE: Readonly<Record<string, Schema>> = {
  limit: { type: 'integer', minimum: 1, maximum: 200, default: 50, description: 'Most items of the answer.' },
  cursor: { type: 'string', description: 'The `next` of the page before.' },
};

/** The answer of a list, and what else stands in it. */
export function page(items: Schema, more: Readonly<Record<string, Schema>> = {}): Schema {
  return objectOf({ items: listOf(items), next: NEXT, ...more }, ['next']);
}

/** The answer of a command that goes on in the background after 10 s. */
export function counted(name: string): Schema {
  const more = { type: 'boolean', description: 'The rest is done in the background.' };
  return objectOf({ [name]: COUNT, more }, ['more']);
}

const NEXT: Schema = { type: 'string', description: 'The `cursor` of the next page; absent on the last one.' };
