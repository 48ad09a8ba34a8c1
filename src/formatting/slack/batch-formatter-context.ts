import { type DigestOrder } from '../../config/content-options.js';
import { type ClaimedMessage } from '../../model/message.js';
import { type DigestEntry, digestOf } from '../digest/digest.js';
import { wordsFor } from '../words/words.js';

/** What a Slack formatter is given: a message as its readers should see it. */
export interface BatchFormatterContext {
  /** In the order of the option `digest.order`; repeats of the same content are one entry with their number. */
  readonly entries: readonly DigestEntry[];
  /** Slack channel or user. */
  readonly channel: string;
  /** Deliveries, repeats and hidden ones included. */
  readonly count: number;
  /** Deliveries that are not among the entries. */
  readonly hidden: number;
  /** Deliveries by type, the most frequent first. */
  readonly contentTypes: readonly { readonly type: string; readonly count: number }[];
  /** "Ann, Bob and 3 others", in the language of `locale`; undefined when nobody is known to have caused any. */
  readonly actors?: string;
  /** When the first and the last was accepted, epoch ms. */
  readonly timeRange: { readonly from: number; readonly to: number };
  /** The language of the built-in words, BCP 47: the reader's, or `en` when there are none in it. */
  readonly locale: string;
}

export function batchFormatterContext(message: ClaimedMessage, locale?: string, order?: DigestOrder): BatchFormatterContext {
  const words = wordsFor(locale);
  const { entries, count, hidden, types, actors, firstAt, lastAt } = digestOf(message, words, order);
  return {
    entries,
    channel: message.address,
    count,
    hidden,
    contentTypes: types,
    ...(actors === undefined ? {} : { actors }),
    timeRange: { from: firstAt, to: lastAt },
    locale: words.locale,
  };
}
