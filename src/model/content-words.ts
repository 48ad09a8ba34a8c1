import { type NotificationContent } from './notification.js';

/** Characters of a text that count; more makes it no more alike. */
const MAX_CHARACTERS = 600;

/**
 * What varies between notifications of one kind, in the order in which it is replaced. Each pattern is bounded, so that no text takes longer than
 * about a millisecond; a pattern whose every match has a certain character is not looked for in a text without it.
 */
const MASKS: readonly (readonly [pattern: RegExp, word: string, has?: RegExp])[] = [
  [/\b[a-z][a-z0-9+.-]{0,30}:\/\/\S+/g, ' 0url ', /:/],
  [/"[^"]{1,80}"|(?<!\w)'[^']{2,80}'(?!\w)|“[^”]{1,80}”|`[^`]{1,80}`/g, ' 0text ', /["'“`]/],
  [/(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}/g, ' 0mail ', /@/],
  [/(?<![\w.-])(?:[\w-]{1,63}\.){1,5}[a-z]{2,24}\b(?::\d{1,5})?/g, ' 0host ', /\./],
  [/(?<!\w)[#@][\w-]{1,64}/g, ' 0tag ', /[#@]/],
  [/(?<!\w)\/[\w./-]{1,200}/g, ' 0path ', /\//],
  [/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, ' 0id ', /-/],
  [/\b\w{1,40}-\d{1,20}\b/g, ' 0name ', /-/],
  [/\b(?=[a-z_-]{0,40}\d)[0-9a-f]{7,}\b/g, ' 0id '],
  [/\d+(?:[.,:/-]\d+)*/g, '0'],
];

/**
 * The words of a notification that tell it from others. Numbers, ids, dates, addresses, host names, paths, quoted text and names with a number vary
 * between notifications of one kind, so each stands for all of its sort: "build 4711 failed" and "build 4712 failed" are the same.
 */
export function contentWords({ title, body = '' }: Pick<NotificationContent, 'title' | 'body'>): ReadonlySet<string> {
  let text = `${title} ${body}`.slice(0, MAX_CHARACTERS).toLowerCase();
  for (const [pattern, word, has] of MASKS) if (has === undefined || has.test(text)) text = text.replace(pattern, word);
  return new Set(text.match(/[\p{L}\p{M}\p{N}_]+/gu) ?? [text.trim()]);
}
