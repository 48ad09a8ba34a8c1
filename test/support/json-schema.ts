type Schema = Readonly<Record<string, unknown>>;

/** Keywords that say nothing of whether a value is allowed. */
const NOTES: ReadonlySet<string> = new Set(['description', 'example', 'default']);
/** What each keyword has against a value; `nullable`, `$ref` and `oneOf` are looked at apart. */
const CHECKS: Readonly<Record<string, (wanted: never, value: unknown) => boolean>> = {
  type: (wanted: string, value) => typeOf(value) === wanted || (wanted === 'number' && typeof value === 'number'),
  enum: (wanted: readonly unknown[], value) => wanted.includes(value),
  pattern: (wanted: string, value) => typeof value !== 'string' || new RegExp(wanted).test(value),
  minLength: (wanted: number, value) => typeof value !== 'string' || value.length >= wanted,
  maxLength: (wanted: number, value) => typeof value !== 'string' || value.length <= wanted,
  minimum: (wanted: number, value) => typeof value !== 'number' || value >= wanted,
  maximum: (wanted: number, value) => typeof value !== 'number' || value <= wanted,
  minItems: (wanted: number, value) => !Array.isArray(value) || value.length >= wanted,
  maxItems: (wanted: number, value) => !Array.isArray(value) || value.length <= wanted,
  format: (wanted: string, value) =>
    wanted !== 'date-time' ||
    (/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(String(value)) && !Number.isNaN(Date.parse(String(value)))),
};
const LOOKED_AT: ReadonlySet<string> = new Set([
  ...NOTES,
  ...Object.keys(CHECKS),
  '$ref',
  'oneOf',
  'nullable',
  'properties',
  'required',
  'additionalProperties',
  'items',
]);

/**
 * What is wrong with a value by a schema of OpenAPI 3.0. It is stricter than the standard: a member that the schema does not name is wrong, and so is
 * a keyword that is not known here.
 */
export function schemaProblems(
  value: unknown,
  schema: Schema,
  components: Readonly<Record<string, Schema>>,
  path = '',
): string[] {
  if (typeof schema['$ref'] === 'string') {
    const name = schema['$ref'].replace('#/components/schemas/', '');
    const named = components[name];
    return named === undefined ? [`${path}: there is no schema ${name}`] : schemaProblems(value, named, components, path);
  }
  const unknown = Object.keys(schema).filter((keyword) => !LOOKED_AT.has(keyword));
  if (unknown.length > 0) return [`${path}: the schema has ${unknown.join(', ')}`];
  if (value === null && schema['nullable'] === true) return [];
  if (Array.isArray(schema['oneOf'])) {
    const all = (schema['oneOf'] as Schema[]).map((one) => schemaProblems(value, one, components, path));
    return all.filter((problems) => problems.length === 0).length === 1
      ? []
      : [`${path}: fits none or several of ${JSON.stringify(all)}`];
  }
  const failed = Object.entries(schema).filter(([keyword, wanted]) => CHECKS[keyword]?.(wanted as never, value) === false);
  if (failed.length > 0)
    return failed.map(([keyword, wanted]) => `${path}: ${JSON.stringify(value)} is not ${keyword} ${JSON.stringify(wanted)}`);
  if (Array.isArray(value)) {
    const items = (schema['items'] ?? {}) as Schema;
    return value.flatMap((item, index) => schemaProblems(item, items, components, `${path}[${index}]`));
  }
  return typeof value === 'object' && value !== null && schema['type'] === 'object'
    ? memberProblems(value as Record<string, unknown>, schema, components, path)
    : [];
}

function memberProblems(
  value: Readonly<Record<string, unknown>>,
  schema: Schema,
  components: Readonly<Record<string, Schema>>,
  path: string,
): string[] {
  const properties = (schema['properties'] ?? {}) as Readonly<Record<string, Schema>>;
  const missing = ((schema['required'] ?? []) as string[]).filter((name) => !(name in value));
  const { additionalProperties: others } = schema;
  const ofMembers = Object.entries(value).flatMap(([name, member]) => {
    const wanted = properties[name] ?? (others === true ? {} : others);
    if (typeof wanted !== 'object' || wanted === null) return [`${path}.${name}: the schema does not name it`];
    return schemaProblems(member, wanted as Schema, components, `${path}.${name}`);
  });
  return [...missing.map((name) => `${path}.${name}: it is required`), ...ofMembers];
}

function typeOf(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  if (value === null) return 'null';
  return Number.isInteger(value) ? 'integer' : typeof value;
}
