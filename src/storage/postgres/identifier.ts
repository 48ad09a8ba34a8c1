import { InvalidConfigurationError } from '../../model/errors.js';

/** Of a name, in bytes (PostgreSQL documentation, "Identifiers and Key Words"): a longer one would be cut off silently. */
export const MAX_IDENTIFIER_BYTES = 63;

/** What is wrong with the name of a schema; undefined: nothing is. Names that begin with `pg_` belong to the server. */
export function schemaProblem(name: string): string | undefined {
  const fits = name !== '' && Buffer.byteLength(name) <= MAX_IDENTIFIER_BYTES;
  return fits && !/^pg_/i.test(name) && !name.includes('\0')
    ? undefined
    : `1 to ${MAX_IDENTIFIER_BYTES} bytes that do not begin with pg_`;
}

/**
 * The name of a schema as it stands in SQL, quoted.
 *
 * @throws InvalidConfigurationError for one that PostgreSQL would not take
 */
export function quotedSchema(name: string): string {
  const problem = schemaProblem(name);
  if (problem !== undefined)
    throw new InvalidConfigurationError([`schema: got ${JSON.stringify(name)}; it must have ${problem}`]);
  return `"${name.replaceAll('"', '""')}"`;
}
