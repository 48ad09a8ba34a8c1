import { nameOf } from '../digest/actor-summary.js';
import { type Digest, type DigestEntry } from '../digest/digest.js';
import { excerpt } from '../digest/excerpt.js';
import { safeLink } from '../digest/safe-link.js';

/** What a digest shows of each body; a single delivery's stands whole. */
export const DIGEST_BODY_CHARACTERS = 400;

/** The text part: every shown entry with its title. */
export function emailText(digest: Digest, subject: string): string {
  const [only] = digest.entries;
  if (digest.count === 1 && only !== undefined) return `${lines(only, only.body).join('\n')}\n`;
  const head = digest.actors === undefined ? [subject] : [subject, `From ${digest.actors}`];
  const entries = digest.entries.map((entry) => listItem(entry));
  const rest = digest.hidden > 0 ? [`and ${digest.hidden} more`] : [];
  return `${[head.join('\n'), ...entries, ...rest].join('\n\n')}\n`;
}

function listItem(entry: DigestEntry): string {
  const body = entry.body === undefined ? undefined : excerpt(entry.body, DIGEST_BODY_CHARACTERS);
  const [title, ...further] = lines(entry, body);
  return [`* ${title ?? ''}`, ...further.map((line) => (line === '' ? '' : `  ${line}`))].join('\n');
}

function lines(entry: DigestEntry, body: string | undefined): readonly string[] {
  const link = safeLink(entry.data);
  return [
    `${urgency(entry)}${entry.title}${entry.repeats > 1 ? ` (${entry.repeats} times)` : ''}`,
    ...(entry.actor === undefined ? [] : [`by ${nameOf(entry.actor)}`]),
    ...(body === undefined || body === '' ? [] : ['', ...body.split(/\r\n|\r|\n/)]),
    ...(link === undefined ? [] : ['', link]),
  ];
}

function urgency(entry: DigestEntry): string {
  return entry.priority === 'critical' || entry.priority === 'high' ? `[${entry.priority}] ` : '';
}
