import type { SectionBlock } from '@slack/types';
import { type DigestEntry } from '../digest/digest.js';
import { safeLink } from '../digest/safe-link.js';
import { type Label, nameOf, type Translator } from '../translation/translator.js';
import { escapeSlack, slackExcerpt, slackLink } from './slack-text.js';

/** How an entry of one type looks. */
export interface SlackStyle {
  /** An emoji before the title. */
  readonly icon: string;
  /** What a button says; `open` when undefined. */
  readonly action?: Label;
}

/** The line below an entry: urgency, type, actor, date. */
export const ABOUT_CHARACTERS = 350;
const NAME_CHARACTERS = 100;
const MOST_TITLE_CHARACTERS = 500;
/** Of the room of an entry, what its title and the link of its title take. */
const TITLE_SHARE = 0.4;
const LINK_SHARE = 0.3;
/** Before the titles of what is urgent. */
const URGENT: Readonly<Record<string, string>> = { critical: ':red_circle: ', high: ':large_orange_circle: ' };

/** Where entries stand. */
interface SlackPlace {
  readonly translator: Translator;
  /** Most characters of an entry's text. */
  readonly room: number;
  /** Most characters of a button's link; 0: there are no buttons. */
  readonly buttonCharacters: number;
  /** Whether it is the only delivery of its message, which has no headline then. */
  readonly alone: boolean;
  /** Whether the message holds several types: each entry says its own. */
  readonly severalTypes: boolean;
}

/** An entry: its text, which the section holds, and the line below it. */
interface SlackEntry {
  readonly text: string;
  readonly section: SectionBlock;
  readonly about: string;
}

/** @param heading above the entry, in mrkdwn */
export function slackEntry(entry: DigestEntry, style: SlackStyle, place: SlackPlace, heading = ''): SlackEntry {
  const { translator } = place;
  const room = place.room - heading.length;
  const link = safeLink(entry.data);
  const title = slackExcerpt(oneLine(entry.title), Math.min(MOST_TITLE_CHARACTERS, Math.floor(room * TITLE_SHARE)));
  const linked = link === undefined ? title : slackLink(link, title);
  const shown = linked.length - title.length <= room * LINK_SHARE ? linked : title;
  const icon = place.alone || place.severalTypes ? `${style.icon} ` : '';
  const marks = `${icon}${URGENT[entry.priority] ?? ''}`;
  const times = entry.repeats > 1 ? ` (${translator.times(entry.repeats)})` : '';
  const left = room - shown.length - times.length - marks.length - 4;
  const body = entry.body === undefined || entry.body === '' ? '' : `\n${slackExcerpt(entry.body, left)}`;
  const text = `${heading}${marks}*${shown}*${times}${body}`;
  const section: SectionBlock = { type: 'section', text: { type: 'mrkdwn', text, verbatim: true } };
  if (link === undefined || link.length > place.buttonCharacters) return { text, section, about: aboutOf(entry, place) };
  const label = translator.label(style.action ?? 'open');
  const accessory = { type: 'button', text: { type: 'plain_text', text: label }, url: link } as const;
  return { text, section: { ...section, accessory }, about: aboutOf(entry, place) };
}

function aboutOf(entry: DigestEntry, { translator, alone, severalTypes }: SlackPlace): string {
  const urgency = translator.urgency(entry.priority);
  const at = Math.floor(entry.firstAt / 1_000);
  const utc = `${new Date(entry.firstAt).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  return [
    ...(urgency === undefined ? [] : [`*${escapeSlack(urgency)}*`]),
    ...(alone || severalTypes ? [escapeSlack(translator.typeName(entry.type))] : []),
    ...(entry.actor === undefined ? [] : [slackExcerpt(nameOf(entry.actor), NAME_CHARACTERS)]),
    // Slack shows this in each reader's own time zone (https://docs.slack.dev/messaging/formatting-message-text#date-formatting).
    `<!date^${at}^{date_short_pretty} {time}|${utc}>`,
  ].join(' · ');
}

/** The label of a link ends with its line. */
function oneLine(title: string): string {
  return title.replace(/\s+/g, ' ');
}
