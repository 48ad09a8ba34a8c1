/** Characters that have a meaning in the Markdown of a TextBlock (https://learn.microsoft.com/adaptive-cards/authoring-cards/text-features). */
const MARKDOWN = /[\\`*_[\]()#~>|]/g;
const LIST = /^(\s*)([-+]|\d+(?=\.))/gm;
/** `<at>` mentions people, and `{{DATE(…)}}` is replaced: neither is to come from a notification's text. */
const TAG = /<(?=\/?at\b)/gi;
const FUNCTION = /\{\{/g;
/** Invisible; it separates what would otherwise be a tag or a function. */
const ZERO_WIDTH_SPACE = '\u200b';

/** Text that shows in a card as it is. */
export function escapeTeams(text: string): string {
  return text
    .replace(MARKDOWN, (character) => `\\${character}`)
    .replace(LIST, (_, indent: string, mark: string) =>
      /\d/.test(mark) ? `${indent}${mark}${ZERO_WIDTH_SPACE}` : `${indent}\\${mark}`,
    )
    .replace(TAG, `<${ZERO_WIDTH_SPACE}`)
    .replace(FUNCTION, `{${ZERO_WIDTH_SPACE}{`);
}

/** A time that Teams shows in each reader's own zone and language. @param at epoch ms */
export function teamsTime(at: number): string {
  const utc = `${new Date(at).toISOString().slice(0, 19)}Z`;
  return `{{DATE(${utc},SHORT)}} {{TIME(${utc})}}`;
}

/** A link in a TextBlock. @param text is escaped already */
export function teamsLink(text: string, url: string): string {
  return `[${text}](${url.replaceAll('(', '%28').replaceAll(')', '%29')})`;
}
