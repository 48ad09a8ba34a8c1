import type { KnownBlock } from '@slack/types';
import { type SlackContent, type SlackPage } from '../../transports/slack/slack-content.js';
import { SLACK_LIMITS } from './slack-limits.js';
import { type DigestEntry, type DigestGroup } from '../digest/digest.js';
import { type Headline, headlineOf } from '../digest/headline.js';
import { safeLink } from '../digest/safe-link.js';
import { type OwnPhrases } from '../../model/phrases.js';
import { type Label, nameOf, type Words, wordsFor } from '../words/words.js';
import { type MessageFormatterContext } from './message-formatter-context.js';
import { escapeSlack, slackExcerpt, slackLink } from './slack-text.js';

/** How an entry of one type looks. */
export interface SlackStyle {
  /** An emoji before the title. */
  readonly icon: string;
  /** What a link of an entry says; `open` when undefined. */
  readonly action?: Label;
}

/** How a message looks. */
export interface SlackLook {
  /** An emoji before the headline. */
  readonly icon: string;
  readonly styleOf: (type: string) => SlackStyle;
  /** Words of the host. */
  readonly own?: OwnPhrases | undefined;
}

const NAME_CHARACTERS = 100;
/** The line below an entry: urgency, type, actor, date. */
const ABOUT_CHARACTERS = 350;
/** Headline, actors and the count of the rest. */
const FRAME_CHARACTERS = 900;
const MOST_TITLE_CHARACTERS = 500;
/** Emoji, headline and the number of the page fit into a header. */
const HEADLINE_CHARACTERS = 110;
/** What entries have in common, escaped. */
const HEADING_CHARACTERS = 200;

/** Entries that fit into one page: each takes two blocks, headline, actors and the count of the rest take three. */
const MOST_ENTRIES = Math.floor((SLACK_LIMITS.blocks - 3) / 2);

/**
 * Pages of so many entries: what all built-in formatters make.
 *
 * @param pageSize undefined: one page with as many entries as fit, and the number of the others
 */
export function slackPages(context: MessageFormatterContext, look: SlackLook, pageSize: number | undefined): SlackContent {
  if (pageSize === undefined) return slackPages(firstOf(context, MOST_ENTRIES), look, MOST_ENTRIES);
  const pages: (readonly DigestEntry[])[] = [];
  for (let from = 0; from < context.entries.length; from += pageSize) pages.push(context.entries.slice(from, from + pageSize));
  const threadKey = context.entries.map(({ data }) => data?.['threadKey']).find((key) => typeof key === 'string' && key !== '');
  return {
    pages: pages.map((entries, index) => page(context, look, entries, index, pages.length)),
    ...(typeof threadKey === 'string' ? { threadKey } : {}),
  };
}

/** The first entries; the deliveries of the others are hidden. */
function firstOf(context: MessageFormatterContext, limit: number): MessageFormatterContext {
  const left = context.entries.slice(limit);
  const hidden = left.reduce((sum, { repeats }) => sum + repeats, context.hidden);
  return { ...context, entries: context.entries.slice(0, limit), hidden };
}

function page(
  context: MessageFormatterContext,
  look: SlackLook,
  entries: readonly DigestEntry[],
  index: number,
  pages: number,
): SlackPage {
  const last = index === pages - 1;
  const words = wordsFor(context.locale, look.own);
  const headline = headlineOf({ ...context, types: context.contentTypes }, words, HEADLINE_CHARACTERS);
  const heading = headingOf(context, look, index, pages, headline.text);
  const actors = index === 0 && context.count > 1 ? context.actors : undefined;
  const from = actors === undefined ? undefined : words.from(slackExcerpt(actors, NAME_CHARACTERS * 3));
  const room = Math.floor((SLACK_LIMITS.textCharacters - FRAME_CHARACTERS) / entries.length) - ABOUT_CHARACTERS;
  const groupHeadings = headingsOn(entries, context.groups, headline);
  const items = entries.map((entry) =>
    itemOf(
      entry,
      look.styleOf(entry.type),
      Math.min(room, SLACK_LIMITS.sectionCharacters - 100),
      words,
      groupHeadings.get(entry),
    ),
  );
  const more = last && context.hidden > 0 ? words.andMore(context.hidden) : undefined;
  const blocks: KnownBlock[] = [];
  if (heading !== undefined) blocks.push({ type: 'header', text: { type: 'plain_text', text: heading, emoji: true } });
  if (from !== undefined) blocks.push(context1(from));
  for (const { text, about } of items) {
    blocks.push({ type: 'section', text: { type: 'mrkdwn', text, verbatim: true } }, context1(about));
  }
  if (more !== undefined) blocks.push(context1(more));
  const said = [
    ...(heading === undefined ? [] : [heading]),
    ...(from === undefined ? [] : [from]),
    ...items.flatMap(({ text, about }) => [text, about]),
    ...(more === undefined ? [] : [more]),
  ];
  return { text: said.join('\n'), blocks };
}

/** A single delivery needs no headline: its title is one. */
function headingOf(
  { count }: MessageFormatterContext,
  { icon }: SlackLook,
  index: number,
  pages: number,
  headline: string,
): string | undefined {
  if (count === 1) return undefined;
  const summary = `${icon} ${headline}`.slice(0, SLACK_LIMITS.headerCharacters - 20);
  return pages > 1 ? `${summary} (${index + 1}/${pages})` : summary;
}

/** Above the first entry of each group of which a page shows several: a context of its own would be a block too many. */
function headingsOn(
  entries: readonly DigestEntry[],
  groups: readonly DigestGroup[],
  { headingOf }: Headline,
): ReadonlyMap<DigestEntry, string> {
  const onPage = new Set(entries);
  const headings = new Map<DigestEntry, string>();
  for (const group of groups) {
    const heading = headingOf(group);
    const [first, ...others] = group.entries.filter((entry) => onPage.has(entry));
    if (heading === undefined || first === undefined || others.length === 0) continue;
    headings.set(first, `_${slackExcerpt(heading, HEADING_CHARACTERS)}_ (${others.length + 1})\n`);
  }
  return headings;
}

function itemOf(
  entry: DigestEntry,
  { icon, action }: SlackStyle,
  space: number,
  words: Words,
  heading = '',
): { readonly text: string; readonly about: string } {
  const room = space - heading.length;
  const link = safeLink(entry.data);
  const title = slackExcerpt(entry.title, Math.min(MOST_TITLE_CHARACTERS, Math.floor(room * 0.4)));
  const times = entry.repeats > 1 ? ` (${words.times(entry.repeats)})` : '';
  const whole = link === undefined ? '' : `\n${slackLink(link, words.label(action ?? 'open'))}`;
  const open = whole.length <= room * 0.3 ? whole : '';
  const left = room - title.length - open.length - times.length - icon.length - 10;
  const body = entry.body === undefined || entry.body === '' ? '' : `\n${slackExcerpt(entry.body, left)}`;
  const urgency = words.urgency(entry.priority);
  const actor = entry.actor === undefined ? [] : [slackExcerpt(nameOf(entry.actor), NAME_CHARACTERS)];
  const at = Math.floor(entry.firstAt / 1_000);
  const utc = `${new Date(entry.firstAt).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  // Slack shows this in each reader's own time zone (https://docs.slack.dev/messaging/formatting-message-text#date-formatting).
  const when = `<!date^${at}^{date_short_pretty} {time}|${utc}>`;
  return {
    text: `${heading}${icon} *${title}*${times}${body}${open}`,
    about: [...(urgency === undefined ? [] : [`*${urgency}*`]), escapeSlack(words.typeName(entry.type)), ...actor, when].join(
      ' · ',
    ),
  };
}

function context1(text: string): KnownBlock {
  return { type: 'context', elements: [{ type: 'mrkdwn', text, verbatim: true }] };
}
