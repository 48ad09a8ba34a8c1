import { NOTIFICATION_LIMITS, TYPE_NAME } from './notification.js';
import { isTimestamp, timestampOf } from './timestamp.js';

/** Says what is allowed when a value is not; undefined when it is. */
export type FieldCheck = (value: unknown) => string | undefined;

/** Unicode's control characters and line separators; a lone half of a surrogate pair is no character at all. */
// eslint-disable-next-line no-control-regex
const NOT_ONE_LINE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]|\p{Surrogate}/u;
/** Keys that would reach an object's prototype in careless code. */
const UNSAFE_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

export const typeName: FieldCheck = (value) =>
  typeof value === 'string' && TYPE_NAME.test(value) ? undefined : 'must match [a-z0-9][a-z0-9_.-]{0,63}';

export const title: FieldCheck = (value) =>
  typeof value === 'string' &&
  value.trim().length > 0 &&
  value.length <= NOTIFICATION_LIMITS.titleCharacters * 2 &&
  characters(value) <= NOTIFICATION_LIMITS.titleCharacters &&
  !NOT_ONE_LINE.test(value)
    ? undefined
    : `must be one line of 1..${NOTIFICATION_LIMITS.titleCharacters} characters`;

export const body: FieldCheck = (value) =>
  typeof value === 'string' &&
  value.length <= NOTIFICATION_LIMITS.bodyBytes &&
  Buffer.byteLength(value) <= NOTIFICATION_LIMITS.bodyBytes &&
  value.isWellFormed()
    ? undefined
    : `must be text of at most ${NOTIFICATION_LIMITS.bodyBytes} bytes`;

/** Text without a line break or a control character. */
export function isOneLine(value: unknown, most: number): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= most && !NOT_ONE_LINE.test(value);
}

export const key: FieldCheck = (value) =>
  isOneLine(value, NOTIFICATION_LIMITS.keyCharacters)
    ? undefined
    : `must be one line of 1..${NOTIFICATION_LIMITS.keyCharacters} characters`;

const MAX_LOCALE_CHARACTERS = 100;

/** BCP 47 (RFC 5646): whether it is well-formed, not whether there is such a language. */
export const locale: FieldCheck = (value) =>
  typeof value === 'string' && value.length <= MAX_LOCALE_CHARACTERS && isKnown(() => Intl.getCanonicalLocales(value))
    ? undefined
    : 'must be a language tag of BCP 47, e.g. de-AT';

/** Zones that were found good: there are few hundred, and looking one up takes long. */
const zones = new Set<string>();

export const timeZone: FieldCheck = (value) => {
  if (typeof value === 'string' && !zones.has(value) && isKnown(() => new Intl.DateTimeFormat('en', { timeZone: value }))) {
    if (zones.size < MAX_ZONES) zones.add(value);
    return undefined;
  }
  return typeof value === 'string' && zones.has(value) ? undefined : 'must be a time zone of IANA, e.g. Europe/Vienna';
};

const MAX_ZONES = 1_000;

function isKnown(read: () => unknown): boolean {
  try {
    read();
    return true;
  } catch {
    return false;
  }
}

/** The epoch ms of a `Date` or of a timestamp in ISO 8601; undefined for anything else. */
export function epochMsOf(value: unknown): number | undefined {
  if (value instanceof Date) return isTimestamp(value.getTime()) ? value.getTime() : undefined;
  return typeof value === 'string' ? timestampOf(value) : undefined;
}

export const timestamp: FieldCheck = (value) =>
  epochMsOf(value) === undefined
    ? 'must be an ISO 8601 date and time with an offset, and must exist in the calendar, e.g. 2026-11-20T09:00:00Z'
    : undefined;

export const data: FieldCheck = (value) => {
  if (!isPlainObject(value)) return 'must be a JSON object';
  const problem = readable(() => jsonProblem(value, 1));
  if (problem !== undefined) return problem;
  return Buffer.byteLength(JSON.stringify(value)) <= NOTIFICATION_LIMITS.dataBytes
    ? undefined
    : `must be at most ${NOTIFICATION_LIMITS.dataBytes} bytes of JSON`;
};

export function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

/** A getter may throw anything; that says nothing of what it is for. */
function readable(check: () => string | undefined): string | undefined {
  try {
    return check();
  } catch {
    return 'must be readable: a getter of it threw';
  }
}

function jsonProblem(value: unknown, depth: number): string | undefined {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return undefined;
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : 'must contain only finite numbers';
  if (typeof value !== 'object') return 'must contain only JSON values';
  if (depth > NOTIFICATION_LIMITS.dataDepth) return `must be nested at most ${NOTIFICATION_LIMITS.dataDepth} deep`;
  for (const name of Object.keys(value)) {
    if (UNSAFE_KEYS.has(name)) return `must not have the key ${name}`;
    const problem = jsonProblem((value as Record<string, unknown>)[name], depth + 1);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function characters(text: string): number {
  return Array.from(text).length;
}
