import { type AggregationRule, type ResolvedOptions } from '../config/options.js';

/** The windows of the five built-in types. */
export const BUILT_IN_RULES: readonly AggregationRule[] = [
  { type: 'system_update', windowMs: 3_600_000, maxCount: 10 },
  { type: 'approval_request', windowMs: 900_000, maxCount: 5 },
  { type: 'alert', windowMs: 300_000, maxCount: 3 },
  { type: 'reminder', windowMs: 1_800_000, maxCount: 10 },
  { type: 'announcement', windowMs: 86_400_000, maxCount: 20 },
];

/** In-app streams gather only as long as a reader does not notice, unless the options say otherwise. */
export function sseRule({ enabled, windowMs, maxSize }: ResolvedOptions['sse']['batch']): AggregationRule {
  return { channel: 'sse', windowMs: enabled ? windowMs : 0, maxCount: maxSize };
}

/** A Slack digest of more than five is a wall of text. */
export const SLACK_MAX_COUNT = 5;
