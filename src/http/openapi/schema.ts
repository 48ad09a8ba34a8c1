import { DELIVERY_STATES } from '../../model/delivery.js';
import { FAILURE_REASONS } from '../../model/failure.js';
import { PRIORITIES } from '../../model/notification.js';

/** A schema of OpenAPI 3.0, as far as it is used here. */
export type Schema = Readonly<Record<string, unknown>> & { readonly optional?: never };

/** The schema of a member that may be absent. */
export interface OptionalSchema {
  readonly optional: Schema;
}

/** A schema for every member of a view, marked where the view says that it may be absent: one that is forgotten does not compile. */
export type PropertiesOf<View> = {
  // eslint-disable-next-line @typescript-eslint/no-empty-object-type -- nothing but an optional member is absent from `{}`
  readonly [K in keyof View]-?: {} extends Pick<View, K> ? OptionalSchema : Schema;
};

export const TEXT: Schema = { type: 'string' };
export const COUNT: Schema = { type: 'integer', minimum: 0 };
/** Milliseconds, averages and parts of a whole. */
export const NUMBER: Schema = { type: 'number', minimum: 0 };
export const FLAG: Schema = { type: 'boolean' };
export const TIME: Schema = { type: 'string', format: 'date-time' };
/** A value that the schema says nothing of. */
export const ANYTHING: Schema = {};
export const REASON: Schema = { type: 'string', enum: [...FAILURE_REASONS] };
export const STATE: Schema = { type: 'string', enum: [...DELIVERY_STATES] };
export const PRIORITY: Schema = { type: 'string', enum: [...PRIORITIES] };

export function optional(schema: Schema): OptionalSchema {
  return { optional: schema };
}

/** A schema with a sentence for its reader. */
export function described(schema: Schema, description: string): Schema {
  return { ...schema, description };
}

export function oneOf(...values: readonly string[]): Schema {
  return { type: 'string', enum: values };
}

/** The object that a route answers with as this view. */
export function viewOf<View>(properties: PropertiesOf<View>, description?: string): Schema {
  const members: Readonly<Record<string, Schema | OptionalSchema>> = properties;
  const optionalNames = Object.keys(members).filter((name) => isOptional(members[name]));
  const plain = Object.entries(members).map(([name, member]) => [name, isOptional(member) ? member.optional : member] as const);
  const schema = objectOf(Object.fromEntries(plain), optionalNames);
  return description === undefined ? schema : described(schema, description);
}

/** @param absent names of properties that may be absent */
export function objectOf(properties: Readonly<Record<string, Schema>>, absent: readonly string[] = []): Schema {
  return { type: 'object', properties, required: Object.keys(properties).filter((name) => !absent.includes(name)) };
}

/** An object of any names with values of this schema. */
export function mapOf(values: Schema): Schema {
  return { type: 'object', additionalProperties: values };
}

/** An object with a count for each of these names. */
export function countsOf(names: readonly string[]): Schema {
  return objectOf(Object.fromEntries(names.map((name) => [name, COUNT])));
}

export function listOf(items: Schema): Schema {
  return { type: 'array', items };
}

export function ref(name: string): Schema {
  return { $ref: `#/components/schemas/${name}` };
}

function isOptional(member: Schema | OptionalSchema | undefined): member is OptionalSchema {
  return member !== undefined && 'optional' in member;
}
