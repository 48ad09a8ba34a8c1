import { type FieldError } from '../model/errors.js';
import { isPlainObject, key, timestamp } from '../model/field-checks.js';

/** What of a recipient was read; without a field, everything so far. */
export interface ReadFilter {
  /** Deliveries, 1..1000: with each, all deliveries of its notification for the same recipient. */
  readonly ids?: readonly string[];
  /** What has it. */
  readonly groupKey?: string;
  /** Accepted before this time, ISO 8601 with an offset. */
  readonly before?: string;
}

const MEMBERS = ['ids', 'groupKey', 'before'];
const MAX_IDS = 1_000;
const MAX_ID_CHARACTERS = 100;

/** Every wrong field. */
export function readFilterErrors(value: unknown): readonly FieldError[] {
  if (!isPlainObject(value)) return [{ path: 'body', message: `must be an object of ${MEMBERS.join(', ')}` }];
  const errors: FieldError[] = [];
  for (const name of Object.keys(value)) {
    if (!MEMBERS.includes(name)) errors.push({ path: name, message: `is unknown; allowed are ${MEMBERS.join(', ')}` });
  }
  const { ids, groupKey, before } = value;
  if (ids !== undefined && !areIds(ids))
    errors.push({ path: 'ids', message: `must be a list of 1..${MAX_IDS} ids of deliveries` });
  const groupKeyProblem = groupKey === undefined ? undefined : key(groupKey);
  if (groupKeyProblem !== undefined) errors.push({ path: 'groupKey', message: groupKeyProblem });
  // A date would be taken, but not by the type.
  const beforeProblem = before === undefined ? undefined : timestamp(typeof before === 'string' ? before : undefined);
  if (beforeProblem !== undefined) errors.push({ path: 'before', message: beforeProblem });
  return errors;
}

function areIds(value: unknown): value is readonly string[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.length <= MAX_IDS &&
    value.every((id) => typeof id === 'string' && id.length <= MAX_ID_CHARACTERS)
  );
}
