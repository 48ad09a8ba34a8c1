import { Cron } from 'croner';
import { MAX_WINDOW_MS } from '../config/limits.js';
import { type FieldError } from '../model/errors.js';
import { isOneLine, isPlainObject, key, timestamp, typeName } from '../model/field-checks.js';
import { MAX_MUTED_KEYS } from '../model/recipient.js';

/** Most choices of a person or a tenant, and most hours of a person. */
export const MAX_CHOICES = 500;
const MAX_HOURS = 50;
const MAX_CRON_CHARACTERS = 100;
const SHOWN_CHARACTERS = 60;
const CHANNEL = /^[a-z][a-z0-9_-]{0,63}$/;
const TIME = /^([01]\d|2[0-3]):[0-5]\d$/;
const NAMES = ['immediate', 'default', 'off', 'hourly', 'daily', 'weekly'];
const FREQUENCIES = `${NAMES.join(', ')}, { "windowMs": 1..${MAX_WINDOW_MS} } or { "cron": an expression with a next time }`;
const MEMBERS = ['choices', 'hours', 'mutedUntil', 'mutedKeys', 'digestAt', 'digestOn'];

/** Says what is allowed when a value is not. */
type Check = (value: unknown, path: string, errors: FieldError[]) => void;

/**
 * Every wrong field of preferences.
 *
 * @param patch `null` removes a member, and a choice by its frequency
 */
export function preferenceErrors(value: unknown, { patch, path = '' }: { patch: boolean; path?: string }): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (!isPlainObject(value)) return [wrong(path === '' ? 'body' : path, value, 'an object of preferences')];
  const at = (name: string): string => (path === '' ? name : `${path}.${name}`);
  unknownMembers(value, MEMBERS, path, errors);
  const check = (name: string, rule: Check): void => {
    const given = value[name];
    if (given === undefined || (given === null && patch)) return;
    rule(given, at(name), errors);
  };
  check('choices', list(MAX_CHOICES, choice({ removable: patch, lockable: false })));
  check('hours', list(MAX_HOURS, hours));
  check(
    'mutedUntil',
    byRule((given) => (typeof given === 'string' ? timestamp(given) : timestamp(undefined))),
  );
  check('mutedKeys', list(MAX_MUTED_KEYS, byRule(key)));
  check('digestAt', byRule(time));
  check('digestOn', byRule(weekday));
  return errors;
}

/** Every wrong field of a tenant's choices. */
export function tenantChoiceErrors(value: unknown, path = 'choices'): readonly FieldError[] {
  const errors: FieldError[] = [];
  list(MAX_CHOICES, choice({ removable: false, lockable: true }))(value, path, errors);
  return errors;
}

function choice({ removable, lockable }: { removable: boolean; lockable: boolean }): Check {
  return (value, path, errors) => {
    if (!isPlainObject(value)) {
      errors.push(wrong(path, value, 'an object with a frequency'));
      return;
    }
    const { type, channel, frequency, together, locked } = value;
    unknownMembers(value, ['type', 'channel', 'frequency', 'together', ...(lockable ? ['locked'] : [])], path, errors);
    if (type !== undefined) byRule(typeName)(type, `${path}.type`, errors);
    if (channel !== undefined) byRule(channelName)(channel, `${path}.channel`, errors);
    if (together !== undefined) byRule(flag)(together, `${path}.together`, errors);
    if (locked !== undefined && lockable) byRule(flag)(locked, `${path}.locked`, errors);
    if (frequency !== null || !removable) byRule(frequencyProblem)(frequency, `${path}.frequency`, errors);
  };
}

const hours: Check = (value, path, errors) => {
  if (!isPlainObject(value)) {
    errors.push(wrong(path, value, '{ "days"?, "from", "to" }'));
    return;
  }
  unknownMembers(value, ['days', 'from', 'to'], path, errors);
  byRule(time)(value['from'], `${path}.from`, errors);
  byRule(time)(value['to'], `${path}.to`, errors);
  const { days } = value;
  if (days === undefined) return;
  list(7, byRule(weekday))(days, `${path}.days`, errors);
  if (Array.isArray(days) && (days.length === 0 || new Set(days).size < days.length)) {
    errors.push({ path: `${path}.days`, message: 'must name one or more days, each once' });
  }
};

function frequencyProblem(value: unknown): string | undefined {
  if (typeof value === 'string' && NAMES.includes(value)) return undefined;
  if (isPlainObject(value) && Object.keys(value).length === 1) {
    const { windowMs, cron } = value;
    if (typeof windowMs === 'number' && Number.isInteger(windowMs) && windowMs >= 1 && windowMs <= MAX_WINDOW_MS)
      return undefined;
    if (isOneLine(cron, MAX_CRON_CHARACTERS) && cronRuns(cron)) return undefined;
  }
  return `must be ${FREQUENCIES}`;
}

function cronRuns(expression: string): boolean {
  try {
    return new Cron(expression, { timezone: 'UTC', paused: true }).nextRun() !== null;
  } catch {
    return false;
  }
}

function time(value: unknown): string | undefined {
  return typeof value === 'string' && TIME.test(value) ? undefined : 'must be a time of day, 00:00 to 23:59';
}

function weekday(value: unknown): string | undefined {
  return Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 7 ? undefined : 'must be 1 (Monday) to 7 (Sunday)';
}

function channelName(value: unknown): string | undefined {
  return typeof value === 'string' && CHANNEL.test(value) ? undefined : 'must be the name of a channel';
}

function flag(value: unknown): string | undefined {
  return typeof value === 'boolean' ? undefined : 'must be true or false';
}

function list(most: number, item: Check): Check {
  return (value, path, errors) => {
    if (!Array.isArray(value) || value.length > most) errors.push(wrong(path, value, `a list of at most ${most}`));
    else value.forEach((one, index) => item(one, `${path}.${index}`, errors));
  };
}

function byRule(rule: (value: unknown) => string | undefined): Check {
  return (value, path, errors) => {
    const problem = rule(value);
    if (problem !== undefined) errors.push({ path, message: `got ${shown(value)}; ${problem}` });
  };
}

function unknownMembers(value: object, allowed: readonly string[], path: string, errors: FieldError[]): void {
  for (const name of Object.keys(value)) {
    if (allowed.includes(name)) continue;
    errors.push({ path: path === '' ? name : `${path}.${name}`, message: `is unknown; allowed are ${allowed.join(', ')}` });
  }
}

function wrong(path: string, value: unknown, allowed: string): FieldError {
  return { path, message: `got ${shown(value)}; must be ${allowed}` };
}

function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  return JSON.stringify(value).slice(0, SHOWN_CHARACTERS);
}
