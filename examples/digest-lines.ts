import { type ClaimedMessage } from '../src/index.js';

/**
 * The titles of a message, a line each, as many whole ones as fit, and the number of the others.
 *
 * @param fits whether a text is short enough
 */
export function digestLines({ entries }: ClaimedMessage, fits: (text: string) => boolean): string {
  const titles = entries.map(({ content }) => content.title);
  for (let shown = titles.length; shown > 0; shown--) {
    const more = titles.length - shown;
    const text = [...titles.slice(0, shown), ...(more > 0 ? [`and ${more} more`] : [])].join('\n');
    if (fits(text)) return text;
  }
  // Not even the first fits: a part of it.
  const [first = ''] = titles;
  const characters = [...new Intl.Segmenter().segment(first)].map(({ segment }) => segment);
  const more = titles.length > 1 ? `\nand ${titles.length - 1} more` : '';
  while (characters.length > 0 && !fits(`${characters.join('')}...${more}`)) characters.pop();
  return `${characters.join('')}...${more}`;
}
