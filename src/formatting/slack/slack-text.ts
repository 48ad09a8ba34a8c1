const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
const segmenter = new Intl.Segmenter();

/**
 * Text of somebody else's in mrkdwn. Slack has three characters with a meaning
 * (https://docs.slack.dev/messaging/formatting-message-text#escaping); without them nothing mentions anybody and nothing is a link.
 */
export function escapeSlack(text: string): string {
  return text.replace(/[&<>]/g, (character) => ENTITIES[character] ?? '');
}

/** The escaped text, cut between what a reader sees as characters so that it has at most `limit` UTF-16 units. */
export function slackExcerpt(text: string, limit: number): string {
  if (text.length * 5 <= limit) return escapeSlack(text);
  // No character is shorter escaped than as it is: more than this never fits.
  const head = text.slice(0, limit + 1);
  const escaped = escapeSlack(head);
  if (head.length === text.length && escaped.length <= limit) return escaped;
  let kept = '';
  for (const { segment } of segmenter.segment(text)) {
    const piece = escapeSlack(segment);
    if (kept.length + piece.length > limit - 1) break;
    kept += piece;
  }
  return `${kept}…`;
}

/** A link with a label, for an address that `safeLink` let pass. */
export function slackLink(url: string, escapedLabel: string): string {
  const address = url.replace(/[<>|]/g, encodeURIComponent).replaceAll('&', '&amp;');
  return `<${address}|${escapedLabel.replaceAll('|', '¦')}>`;
}
