import { type AggregationRule } from './aggregation-rule.js';
import { MAX_WINDOW_COUNT, MAX_WINDOW_MS } from './limits.js';
import { parseRules } from './rule-parser.js';
import { type SettingsOf, variable } from './setting.js';
import { flag, type ValueReader, wholeNumber } from './value-reader.js';

/** Which types gather into digests, and for how long. */
export interface AggregationOptions {
  /** `AGGREGATION_ENABLED`: false stops new windows; open ones run to their end. Defaults to true. */
  readonly enabled?: boolean | undefined;
  /** `AGGREGATION_WINDOW_MS`: window of a type without a rule, ms; 0: such types do not gather. Defaults to 300 000. */
  readonly windowMs?: number | undefined;
  /** `AGGREGATION_MAX_COUNT`: a window of a type without a rule closes when it holds this many. Defaults to 20. */
  readonly maxCount?: number | undefined;
  /** `AGGREGATION_RULES`. They come before the built-in ones, which stay for what they do not match. */
  readonly rules?: readonly AggregationRule[] | undefined;
}

const rules: ValueReader<readonly AggregationRule[]> = (value, { name, problems }) => parseRules(value, problems, name);

export const AGGREGATION_SETTINGS = {
  enabled: variable('AGGREGATION_ENABLED', flag(), true),
  windowMs: variable('AGGREGATION_WINDOW_MS', wholeNumber(0, MAX_WINDOW_MS), 300_000),
  maxCount: variable('AGGREGATION_MAX_COUNT', wholeNumber(1, MAX_WINDOW_COUNT), 20),
  rules: variable('AGGREGATION_RULES', rules, []),
} satisfies SettingsOf<AggregationOptions>;
