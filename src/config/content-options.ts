import { isRecord } from '../model/record.js';
import { option, optionalVariable, type SettingsOf } from './setting.js';
import { type ContentGrouping } from '../model/content-grouping.js';
import { type OwnPhrases } from '../model/phrases.js';
import { ownPhrases } from './own-phrases.js';
import { flag, oneOf, text, valueOf, wholeNumber } from './value-reader.js';

/** What a notification gets that names none of it. */
export interface DefaultsOptions {
  /** `NOTIFICATIONS_DEFAULT_CHANNEL`: the channel of a notification without one. Absent: such a notification is refused. */
  readonly channel?: string | undefined;
  /** `NOTIFICATIONS_DEFAULT_TO`: the address of a notification without one. Absent: such a notification is refused. */
  readonly to?: string | undefined;
}

const DIGEST_ORDERS = ['priority', 'time'] as const;
/** How a digest lists its entries: the most urgent first, of these what is alike together, the oldest first; or only by time, the oldest first. */
export type DigestOrder = (typeof DIGEST_ORDERS)[number];

/** What a digest shows, and in which order. */
export interface DigestOptions {
  /** `priority` or `time`. Defaults to `priority`. No variable. */
  readonly order?: DigestOrder | undefined;
  /** Says which entries belong together, where `order` is `priority`. Defaults to what is worded alike. No variable. */
  readonly grouping?: ContentGrouping | undefined;
}

/** How messages are rendered. */
export interface FormattingOptions {
  /**
   * Whether the built-in formatter takes over where one of the host fails. False: such a message ends `dead` with the reason
   * `unrenderable`. Defaults to true. No variable.
   */
  readonly fallback?: boolean | undefined;
  /** Look-ups of readers, and asynchronous formatters, that run at once for a batch, 1..1000. Defaults to 10. No variable. */
  readonly concurrency?: number | undefined;
  /** Longest that the look-up of a reader, or an asynchronous formatter, may take, ms. Defaults to 5000. No variable. */
  readonly timeoutMs?: number | undefined;
  /**
   * Your own phrases in the built-in looks, by language (BCP 47): some of those of a language that is built in (`de`, `pt-BR`), names of your own types,
   * or all of another language. Defaults to none. No variable.
   */
  readonly phrases?: OwnPhrases | undefined;
}

export const DEFAULTS_SETTINGS = {
  channel: optionalVariable('NOTIFICATIONS_DEFAULT_CHANNEL', text(/^[a-z][a-z0-9_-]*$/, 'the name of a channel')),
  to: optionalVariable('NOTIFICATIONS_DEFAULT_TO', text(/\S/, 'an address')),
} satisfies SettingsOf<DefaultsOptions>;

export const DIGEST_SETTINGS = {
  order: option<DigestOrder>(oneOf(DIGEST_ORDERS), 'priority'),
  grouping: option<ContentGrouping | undefined>(
    valueOf((value) => isRecord(value) && typeof value['group'] === 'function', 'an object with a function group'),
    undefined,
  ),
} satisfies SettingsOf<DigestOptions>;

export const FORMATTING_SETTINGS = {
  fallback: option(flag(), true),
  concurrency: option(wholeNumber(1, 1_000), 10),
  timeoutMs: option(wholeNumber(1, 60_000), 5_000),
  phrases: option(ownPhrases, {}),
} satisfies SettingsOf<FormattingOptions>;
