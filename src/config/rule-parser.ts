import { TYPE_NAME } from '../model/notification.js';
import { isRecord } from '../model/record.js';
import { Cron } from 'croner';
import { isDedupePath } from '../model/dedupe-path.js';
import { GROUPINGS, RENDER_KEEPS } from '../model/window.js';
import { MAX_WINDOW_COUNT, MAX_WINDOW_MS } from './limits.js';
import { type AggregationRule } from './aggregation-rule.js';

/** Below it what is alike is found by chance only: see `SimilarityGroups`. */
const LEAST_SIMILARITY = 0.3;

type Check = (value: unknown) => string | undefined;

/** Each notification is compared with the rules of its type and channel; several hundred cost nothing that is felt. */
const MAX_RULES = 500;
const SHOWN_CHARACTERS = 60;

const NAME: Check = (value) =>
  typeof value === 'string' && TYPE_NAME.test(value) ? undefined : 'a name of [a-z0-9_.-], at most 64 characters';
const FLAG: Check = (value) => (typeof value === 'boolean' ? undefined : 'true or false');
const between =
  (least: number, most: number): Check =>
  (value) =>
    Number.isInteger(value) && Number(value) >= least && Number(value) <= most ? undefined : `a whole number, ${least}..${most}`;
const oneOf =
  (words: readonly string[]): Check =>
  (value) =>
    typeof value === 'string' && words.includes(value) ? undefined : words.join(', ');

const FIELDS: Readonly<Record<string, Check>> = {
  type: NAME,
  channel: NAME,
  windowMs: between(0, MAX_WINDOW_MS),
  maxCount: between(1, MAX_WINDOW_COUNT),
  mode: oneOf(['fixed', 'sliding']),
  maxWaitMs: between(1, MAX_WINDOW_MS),
  leading: FLAG,
  minCount: between(1, MAX_WINDOW_COUNT),
  similarity: (value) =>
    typeof value === 'number' && (value === 0 || (value >= LEAST_SIMILARITY && value <= 1))
      ? undefined
      : `0 (all of the group gathers), or a number, ${LEAST_SIMILARITY}..1`,
  groupBy: oneOf(GROUPINGS),
  dedupeBy: (value) =>
    isDedupePath(value) ? undefined : 'a path: type, title, body, groupKey, or one below data or actor such as data.server',
  schedule,
  burst,
  render,
};

/** The rules of a JSON text or of a list; every problem is told with its rule and field. */
export function parseRules(value: unknown, problems: string[], name = 'AGGREGATION_RULES'): readonly AggregationRule[] {
  if (value === undefined) return [];
  let list: unknown = value;
  if (typeof value === 'string') {
    try {
      list = JSON.parse(value);
    } catch {
      problems.push(`${name}: got text that is not JSON; it must be a JSON list of rules`);
      return [];
    }
  }
  if (!Array.isArray(list)) {
    problems.push(`${name}: it must be a JSON list of rules`);
    return [];
  }
  if (list.length > MAX_RULES) {
    problems.push(`${name}: got ${list.length} rules; it must be at most ${MAX_RULES}`);
    return [];
  }
  const before = problems.length;
  list.forEach((rule: unknown, index) => checkRule(rule, `${name}[${index}]`, problems));
  return problems.length === before ? (list as readonly AggregationRule[]) : [];
}

function checkRule(rule: unknown, path: string, problems: string[]): void {
  if (!isRecord(rule)) {
    problems.push(`${path}: it must be an object`);
    return;
  }
  for (const [field, value] of Object.entries(rule)) {
    const check = Object.hasOwn(FIELDS, field) ? FIELDS[field] : undefined;
    const allowed = check === undefined ? `one of the fields ${Object.keys(FIELDS).join(', ')}` : check(value);
    if (allowed !== undefined) problems.push(`${path}.${field}: got ${shown(value)}; it must be ${allowed}`);
  }
  for (const field of ['windowMs', 'maxCount']) {
    if (!(field in rule) && rule['windowMs'] !== 0) problems.push(`${path}.${field}: it is required`);
  }
  if (typeof rule['maxWaitMs'] === 'number' && rule['maxWaitMs'] < Number(rule['windowMs'])) {
    problems.push(`${path}.maxWaitMs: got ${rule['maxWaitMs']}; it must be at least windowMs`);
  }
  if (typeof rule['minCount'] === 'number' && rule['minCount'] > Number(rule['maxCount'])) {
    problems.push(`${path}.minCount: got ${rule['minCount']}; it must be at most maxCount`);
  }
}

function schedule(value: unknown): string | undefined {
  const allowed = '{ "cron": a cron expression, "timeZone": an IANA time zone }';
  if (!isRecord(value) || typeof value['cron'] !== 'string' || typeof value['timeZone'] !== 'string') return allowed;
  if (Object.keys(value).length > 2) return allowed;
  try {
    const next = new Cron(value['cron'], { timezone: value['timeZone'] }).nextRun();
    return next === null ? `${allowed} with a next occurrence` : undefined;
  } catch (error) {
    return `${allowed} (${error instanceof Error ? error.message : String(error)})`;
  }
}

function burst(value: unknown): string | undefined {
  const allowed = `{ "perAddress": 1..${MAX_WINDOW_COUNT}, "windowMs": 1..${MAX_WINDOW_MS} }`;
  if (!isRecord(value)) return allowed;
  const { perAddress, windowMs, ...rest } = value;
  if (Object.keys(rest).length > 0) return allowed;
  return (between(1, MAX_WINDOW_COUNT)(perAddress) ?? between(1, MAX_WINDOW_MS)(windowMs)) === undefined ? undefined : allowed;
}

function render(value: unknown): string | undefined {
  if (!isRecord(value)) return '{ "limit", "keep" }';
  const { limit = 50, keep = 'priority', ...rest } = value;
  if (Object.keys(rest).length > 0) return 'an object of only limit and keep';
  return between(1, 1_000)(limit) ?? oneOf(RENDER_KEEPS)(keep);
}

/** An object is not shown: it may be nested deeper than a recursion goes. */
function shown(value: unknown): string {
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'a list' : 'an object';
  return (value === undefined ? 'nothing' : JSON.stringify(value)).slice(0, SHOWN_CHARACTERS);
}
