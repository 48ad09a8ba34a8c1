import { type DigestOrder } from '../../config/content-options.js';
import { type ClaimedMessage } from '../../model/message.js';
import { type AdaptiveCard, type CardElement, type TeamsContent } from '../../transports/teams/teams-content.js';
import { type Digest, type DigestEntry, digestOf } from '../digest/digest.js';
import { excerpt } from '../digest/excerpt.js';
import { headlineOf } from '../digest/headline.js';
import { safeLink } from '../digest/safe-link.js';
import { type ImmediateFormatter } from '../formatter.js';
import { readerSettingsOf } from '../reader-settings-of.js';
import { type OwnPhrases } from '../../model/phrases.js';
import { nameOf, type Translator, translatorFor } from '../translation/translator.js';
import { escapeTeams, teamsLink, teamsTime } from './teams-text.js';

/**
 * Most octets of a card. Teams documents 28 KB for a message (https://learn.microsoft.com/connectors/teams); about 21 KB were found to pass everywhere.
 */
export const CARD_BYTES = 20 * 1024;
const TITLE_CHARACTERS = 200;
const BODY_CHARACTERS = 400;
const ONLY_BODY_CHARACTERS = 6_000;
const NAMES_CHARACTERS = 200;
/** "and N more". */
const MORE_BYTES = 200;

/** Returns the built-in look of a message on Teams: an Adaptive Card with as many whole entries as fit, and the number of the others. */
export function createTeamsFormatter(order: DigestOrder, own?: OwnPhrases): ImmediateFormatter<TeamsContent> {
  return {
    format(message: ClaimedMessage): TeamsContent {
      const translator = translatorFor(readerSettingsOf(message).locale, own);
      const digest = digestOf(message, translator, order);
      const card = cardOf(message, digest, translator, CARD_BYTES, digest.entries.length);
      const half = Math.max(1, Math.floor(card.shown / 2));
      return {
        card: card.card,
        shorter: cardOf(message, digest, translator, CARD_BYTES / 2, half).card,
        plain: plainCard(message, digest, translator),
      };
    },
  };
}

function cardOf(
  { messageId }: ClaimedMessage,
  digest: Digest,
  translator: Translator,
  maxBytes: number,
  maxEntries: number,
): { readonly card: AdaptiveCard; readonly shown: number } {
  const [only] = digest.entries;
  const single = digest.entries.length === 1 && digest.hidden === 0 ? only : undefined;
  const frame: CardElement[] = [];
  const headline = headlineOf(digest, translator);
  if (single === undefined) {
    frame.push(textBlock(escapeTeams(headline.text), { size: 'large', weight: 'bolder' }));
    const { actors } = digest;
    if (actors !== undefined)
      frame.push(textBlock(escapeTeams(translator.from(excerpt(actors, NAMES_CHARACTERS))), { isSubtle: true }));
  }
  let bytes = maxBytes - octets(envelope(messageId, frame)) - MORE_BYTES;
  const elements: CardElement[] = [];
  let shown = 0;
  let hidden = digest.hidden;
  for (const group of digest.groups) {
    const heading = headline.headingOf(group);
    for (const [index, entry] of group.entries.entries()) {
      const above =
        heading === undefined || index > 0 ? [] : [textBlock(escapeTeams(heading), { weight: 'bolder', separator: true })];
      const parts = [
        ...above,
        entryElement(entry, translator, single !== undefined, single !== undefined || digest.types.length > 1),
      ];
      const size = octets(parts);
      if (hidden > digest.hidden || shown >= maxEntries || size > bytes) hidden += entry.repeats;
      else {
        elements.push(...parts);
        shown++;
        bytes -= size;
      }
    }
  }
  if (hidden > 0) elements.push(textBlock(escapeTeams(translator.andMore(hidden)), { isSubtle: true }));
  return { card: envelope(messageId, [...frame, ...elements]), shown };
}

/** Two lines of text and nothing else: for a flow that takes no more than that. */
function plainCard({ messageId }: ClaimedMessage, digest: Digest, translator: Translator): AdaptiveCard {
  const [first] = digest.entries;
  const heading = digest.count === 1 && first !== undefined ? first.title : translator.summary(digest.count, digest.types);
  const titles = digest.entries.map(({ title }) => title).join(' · ');
  const lines = [textBlock(escapeTeams(excerpt(heading, TITLE_CHARACTERS)))];
  if (digest.count > 1) lines.push(textBlock(escapeTeams(excerpt(titles, BODY_CHARACTERS))));
  return envelope(messageId, lines);
}

/** Teams honours no id of a message, so that the card carries it where a person can find it. */
function envelope(messageId: string, body: readonly CardElement[]): AdaptiveCard {
  return {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    id: messageId,
    msteams: { width: 'Full' },
    body,
  };
}

function entryElement(entry: DigestEntry, translator: Translator, single: boolean, saysType: boolean): CardElement {
  const times = entry.repeats > 1 ? ` (${translator.times(entry.repeats)})` : '';
  const link = safeLink(entry.data);
  const title = escapeTeams(excerpt(entry.title, TITLE_CHARACTERS));
  const urgency = translator.urgency(entry.priority);
  const about = [
    ...(urgency === undefined ? [] : [`**${urgency}**`]),
    ...(saysType ? [escapeTeams(translator.typeName(entry.type))] : []),
    ...(entry.actor === undefined ? [] : [escapeTeams(excerpt(nameOf(entry.actor), NAMES_CHARACTERS))]),
    teamsTime(entry.lastAt),
  ].join(' · ');
  const items: CardElement[] = [
    textBlock(`${single || link === undefined ? title : teamsLink(title, link)}${escapeTeams(times)}`, {
      weight: 'bolder',
      ...(single ? { size: 'large' } : {}),
    }),
  ];
  if (entry.body !== undefined && entry.body !== '') {
    const body = escapeTeams(excerpt(entry.body, single ? ONLY_BODY_CHARACTERS : BODY_CHARACTERS));
    items.push(textBlock(body, single ? {} : { maxLines: 2 }));
  }
  items.push(textBlock(about, { isSubtle: true, spacing: 'none', size: 'small' }));
  if (single && link !== undefined) {
    items.push({ type: 'ActionSet', actions: [{ type: 'Action.OpenUrl', title: translator.action(entry.type), url: link }] });
  }
  return { type: 'Container', separator: !single, items };
}

function textBlock(text: string, look: Readonly<Record<string, unknown>> = {}): CardElement {
  return { type: 'TextBlock', text, wrap: true, ...look };
}

function octets(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
