import { type DigestOrder } from '../../config/content-options.js';
import { type ClaimedMessage, type MessageWindow } from '../../model/message.js';
import { type OwnPhrases } from '../../model/phrases.js';
import { type DigestEntry, type DigestGroup, digestOf } from '../digest/digest.js';
import { readerSettingsOf } from '../reader-settings-of.js';
import { nameOf, translatorFor } from '../translation/translator.js';

/** One who caused deliveries of a message. */
export interface DigestAuthor {
  /** As in the `actor` of the notifications. */
  readonly id: string;
  /** What people know them by: the id where no name is known. */
  readonly name: string;
  /** Deliveries, repeats and hidden ones included. */
  readonly count: number;
}

/** What a Slack formatter is given: a message as its readers should see it. */
export interface MessageFormatterContext {
  /** In the order of the option `digest.order`; repeats of the same content are one entry with their number. */
  readonly entries: readonly DigestEntry[];
  /** The same entries by what belongs together, with what their titles have in common. */
  readonly groups: readonly DigestGroup[];
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
  /** Who caused deliveries, in the order in which they came. */
  readonly authors: readonly DigestAuthor[];
  /** When its window opened, was due and closed, and why; undefined for a message that did not gather. */
  readonly window?: MessageWindow;
  /** When the first and the last was accepted, epoch ms. */
  readonly timeRange: { readonly from: number; readonly to: number };
  /** The language of the built-in words, BCP 47: the reader's, or `en` when there are none in it. */
  readonly locale: string;
}

/**
 * A message as its readers should see it.
 *
 * @param locale of the words, by default the reader's
 * @param own    words of the host
 */
export function messageFormatterContext(
  message: ClaimedMessage,
  locale = readerSettingsOf(message).locale,
  order?: DigestOrder,
  own?: OwnPhrases,
): MessageFormatterContext {
  const translator = translatorFor(locale, own);
  const { entries, groups, count, hidden, types, actors, firstAt, lastAt } = digestOf(message, translator, order);
  return {
    entries,
    groups,
    channel: message.address,
    count,
    hidden,
    contentTypes: types,
    ...(actors === undefined ? {} : { actors }),
    authors: authorsOf(message),
    ...(message.window === undefined ? {} : { window: message.window }),
    timeRange: { from: firstAt, to: lastAt },
    locale: translator.locale,
  };
}

/** An author is known by the first name that a delivery gave. */
function authorsOf({ entries }: ClaimedMessage): readonly DigestAuthor[] {
  const authors = new Map<string, DigestAuthor>();
  for (const { content } of entries) {
    if (content.actor === undefined) continue;
    const { id } = content.actor;
    const known = authors.get(id);
    authors.set(id, { id, name: known?.name ?? nameOf(content.actor), count: (known?.count ?? 0) + 1 });
  }
  return [...authors.values()];
}
