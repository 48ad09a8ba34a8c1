import { type AggregationRule } from '../../config/aggregation-rule.js';
import { MAX_WINDOW_COUNT, MAX_WINDOW_MS } from '../../config/limits.js';
import { GROUPINGS, RENDER_KEEPS, type Schedule } from '../../model/window.js';
import { COUNT, described, FLAG, objectOf, oneOf, optional, type Schema, TEXT, viewOf } from './schema.js';

const NAME: Schema = { type: 'string', pattern: '^[a-z0-9][a-z0-9_.-]{0,63}$' };
const WINDOW_MS: Schema = { type: 'integer', minimum: 0, maximum: MAX_WINDOW_MS };
const AT_LEAST_ONE_MS: Schema = { ...WINDOW_MS, minimum: 1 };
const WINDOW_COUNT: Schema = { type: 'integer', minimum: 1, maximum: MAX_WINDOW_COUNT };

/** A rule of aggregation. */
export const RULE: Schema = {
  ...viewOf<AggregationRule>({
    type: optional(described(NAME, 'Absent: every type.')),
    channel: optional(described(NAME, 'Absent: every channel.')),
    windowMs: described(WINDOW_MS, '0 turns aggregation off for what matches.'),
    maxCount: described(WINDOW_COUNT, 'A window closes at once when it holds this many. It may be left out where windowMs is 0.'),
    mode: optional(
      described(
        { ...oneOf('fixed', 'sliding'), default: 'fixed' },
        '`fixed` closes windowMs after the first entry; with `sliding` each entry restarts the quiet period.',
      ),
    ),
    maxWaitMs: optional(described(AT_LEAST_ONE_MS, 'Longest that a sliding window stays open.')),
    leading: optional(described({ ...FLAG, default: false }, 'The first goes out at once, what follows gathers.')),
    minCount: optional(described({ ...WINDOW_COUNT, default: 1 }, 'Fewer at the close: each is sent on its own.')),
    similarity: optional(
      described({ type: 'number', minimum: 0, maximum: 1 }, '0, or 0.3..1: similarity from which an entry joins a window.'),
    ),
    groupBy: optional({ ...oneOf(...GROUPINGS), default: 'type' }),
    dedupeBy: optional(described(TEXT, 'A path whose value is the dedupeKey of what has none, e.g. `data.server`.')),
    schedule: optional(
      viewOf<Schedule>(
        { cron: TEXT, timeZone: described(TEXT, 'IANA.') },
        'Closes at the next such time instead of after windowMs.',
      ),
    ),
    burst: optional(
      described(
        objectOf({ perAddress: WINDOW_COUNT, windowMs: AT_LEAST_ONE_MS }),
        'Where windowMs is 0: what is more than perAddress to one address within windowMs becomes a digest.',
      ),
    ),
    render: optional(
      described(
        objectOf({ limit: { ...COUNT, minimum: 1, maximum: 1_000, default: 50 }, keep: oneOf(...RENDER_KEEPS) }, [
          'limit',
          'keep',
        ]),
        'How many entries a digest shows, and which.',
      ),
    ),
  }),
  required: ['windowMs'],
  description: 'The most specific match wins: type and channel, then type, then channel. See docs/windows.md.',
};
