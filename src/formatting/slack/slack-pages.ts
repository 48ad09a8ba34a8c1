import type { KnownBlock } from '@slack/types';
import { type SlackContent, type SlackPage } from '../../transports/slack/slack-content.js';
import { SLACK_LIMITS } from './slack-limits.js';
import { type DigestEntry, type DigestGroup } from '../digest/digest.js';
import { type Headline, headlineOf } from '../digest/headline.js';
import { type OwnPhrases } from '../../model/phrases.js';
import { translatorFor } from '../translation/translator.js';
import { type MessageFormatterContext } from './message-formatter-context.js';
import { ABOUT_CHARACTERS, slackEntry, type SlackStyle } from './slack-entry.js';
import { slackExcerpt } from './slack-text.js';

/** How a message looks. */
export interface SlackLook {
  /** An emoji before the headline. */
  readonly icon: string;
  readonly styleOf: (type: string) => SlackStyle;
  /** Words of the host. */
  readonly own?: OwnPhrases | undefined;
  /** Whether links also have buttons. */
  readonly buttons: boolean;
}

const NAME_CHARACTERS = 100;
/** Headline, actors and the count of the rest. */
const FRAME_CHARACTERS = 900;
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
  const translator = translatorFor(context.locale, look.own);
  const headline = headlineOf({ ...context, types: context.contentTypes }, translator, HEADLINE_CHARACTERS);
  const heading = headingOf(context, look, index, pages, headline.text);
  const actors = index === 0 && context.count > 1 ? context.actors : undefined;
  const from = actors === undefined ? undefined : translator.from(slackExcerpt(actors, NAME_CHARACTERS * 3));
  const room = Math.floor((SLACK_LIMITS.textCharacters - FRAME_CHARACTERS) / entries.length) - ABOUT_CHARACTERS;
  const groupHeadings = headingsOn(entries, context.groups, headline);
  const place = {
    translator,
    room: Math.min(room, SLACK_LIMITS.sectionCharacters - 100),
    buttonCharacters: look.buttons ? Math.floor(SLACK_LIMITS.urlCharacters / entries.length) : 0,
    alone: context.count === 1,
    severalTypes: context.contentTypes.length > 1,
  };
  const items = entries.map((entry) => slackEntry(entry, look.styleOf(entry.type), place, groupHeadings.get(entry)));
  const more = last && context.hidden > 0 ? translator.andMore(context.hidden) : undefined;
  const blocks: KnownBlock[] = [];
  if (heading !== undefined) blocks.push({ type: 'header', text: { type: 'plain_text', text: heading, emoji: true } });
  if (from !== undefined) blocks.push(context1(from));
  for (const { section, about } of items) blocks.push(section, context1(about));
  if (more !== undefined) blocks.push(context1(more));
  // Lists of notifications show the first two lines: the headline and the first title.
  const said = [
    ...(heading === undefined ? [] : [heading]),
    ...items.flatMap(({ text, about }) => [text, about]),
    ...(from === undefined ? [] : [from]),
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

/** Above the first entry of each group of which a page shows several: a separate context would be a block too many. */
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

function context1(text: string): KnownBlock {
  return { type: 'context', elements: [{ type: 'mrkdwn', text, verbatim: true }] };
}
