import { type DigestOrder } from '../../config/content-options.js';
import { type ClaimedMessage } from '../../model/message.js';
import { type PushContent, type PushPayload } from '../../transports/push/push-content.js';
import { pushTag } from '../../transports/push/push-details.js';
import { type Digest, type DigestEntry, digestOf } from '../digest/digest.js';
import { excerpt } from '../digest/excerpt.js';
import { type Headline, headlineOf } from '../digest/headline.js';
import { safeLink } from '../digest/safe-link.js';
import { type ImmediateFormatter } from '../formatter.js';
import { readerSettingsOf } from '../reader-settings-of.js';
import { type OwnPhrases } from '../../model/phrases.js';
import { type Translator, translatorFor } from '../translation/translator.js';

/** Lines that a digest lists; more do not show on a lock screen. */
const LISTED_LINES = 5;
const TITLE_CHARACTERS = 120;
const BODY_CHARACTERS = 1_000;
const LINK_OCTETS = 1_000;

/**
 * Returns the built-in look of a push message: a title, a few lines, and the entries as data for the application.
 *
 * @param maxBytes most octets of the payload
 * @param own      words of the host
 */
export function createPushFormatter(order: DigestOrder, maxBytes: number, own?: OwnPhrases): ImmediateFormatter<PushContent> {
  return {
    format(message: ClaimedMessage): PushContent {
      const translator = translatorFor(readerSettingsOf(message).locale, own);
      const digest = digestOf(message, translator, order);
      const [first] = digest.entries;
      const single = digest.count === 1 ? first : undefined;
      const headline = headlineOf(digest, translator, TITLE_CHARACTERS);
      const heading = single === undefined ? headline.text : single.title;
      const title = excerpt(heading === '' ? translator.typeName(message.type) : heading, TITLE_CHARACTERS);
      const links = new Set(digest.entries.map(({ data }) => safeLink(data)));
      const [link] = links;
      const url = links.size === 1 && link !== undefined && Buffer.byteLength(link) <= LINK_OCTETS ? link : undefined;
      const shorter = bounded(
        {
          v: 1,
          id: pushTag(message),
          type: digest.types.length === 1 ? message.type : 'mixed',
          count: digest.count,
          title,
          ...(url === undefined ? {} : { url }),
        },
        maxBytes,
      );
      const body = single === undefined ? linesOf(digest, headline, translator).join('\n') : (single.body ?? '');
      const withBody = fitted(shorter, body, maxBytes);
      const items = message.entries.map(({ deliveryId, content }) => ({
        id: deliveryId,
        title: excerpt(content.title, TITLE_CHARACTERS),
      }));
      return { payload: withItems(withBody, items, single?.data, maxBytes), shorter };
    },
  };
}

/** Without its link, and with a shorter title, where there is no room for them. */
function bounded(payload: PushPayload, maxBytes: number): PushPayload {
  if (octets(payload) <= maxBytes) return payload;
  const { url: _, ...rest } = payload;
  let left: PushPayload = rest;
  for (let limit = payload.title.length; octets(left) > maxBytes && limit > 1; limit = Math.floor(limit * 0.8)) {
    left = { ...rest, title: excerpt(payload.title, limit) };
  }
  return left;
}

/** A title a line; what a group has in common stands for its titles. */
function linesOf(digest: Digest, { headingOf }: Headline, translator: Translator): readonly string[] {
  const lines = digest.groups.flatMap((group) => {
    const common = headingOf(group);
    if (common === undefined) return group.entries.map((entry) => ({ text: titleLine(entry, translator), count: entry.repeats }));
    const count = group.entries.reduce((sum, { repeats }) => sum + repeats, 0);
    return [{ text: `${common} (${count})`, count }];
  });
  const listed = lines.slice(0, LISTED_LINES);
  const more = listed.reduce((rest, { count }) => rest - count, digest.count);
  return [...listed.map(({ text }) => text), ...(more > 0 ? [translator.andMore(more)] : [])];
}

function titleLine({ title, repeats }: DigestEntry, translator: Translator): string {
  return `${excerpt(title, TITLE_CHARACTERS)}${repeats > 1 ? ` (${translator.times(repeats)})` : ''}`;
}

/** With as much of a body as there is room for. */
function fitted(payload: PushPayload, body: string, maxBytes: number): PushPayload {
  if (body === '') return payload;
  for (let limit = Math.min(BODY_CHARACTERS, body.length); limit > 0; limit = Math.floor(limit * 0.8)) {
    const longer = { ...payload, body: excerpt(body, limit) };
    if (octets(longer) <= maxBytes) return longer;
  }
  return payload;
}

/** With as many entries as there is room for, and the data of an only one. */
function withItems(
  payload: PushPayload,
  items: NonNullable<PushPayload['items']>,
  data: PushPayload['data'],
  maxBytes: number,
): PushPayload {
  const withData = data === undefined || Object.keys(data).length === 0 ? payload : { ...payload, data };
  const base = octets(withData) <= maxBytes ? withData : payload;
  let room = maxBytes - octets({ ...base, items: [] });
  const shown: (typeof items)[number][] = [];
  for (const item of items) {
    room -= octets(item) + 1;
    if (room < 0) break;
    shown.push(item);
  }
  return shown.length === 0 ? base : { ...base, items: shown };
}

function octets(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
