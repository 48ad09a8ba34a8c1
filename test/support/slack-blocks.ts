/**
 * What Slack says of blocks, by its own documentation (https://docs.slack.dev/reference/block-kit/blocks) and in its words. Written
 * apart from what makes them: it counts code points, as Slack does.
 */
export function blocksProblem(blocks: unknown): string | undefined {
  if (!Array.isArray(blocks)) return 'invalid_blocks_format';
  if (blocks.length > 50) return 'invalid_blocks';
  let cumulative = 0;
  for (const block of blocks as readonly Record<string, unknown>[]) {
    switch (block['type']) {
      case 'header':
        if (!isText(block['text'], 150) || (block['text'] as { type: string }).type !== 'plain_text') return 'invalid_blocks';
        break;
      case 'section': {
        const fields = block['fields'];
        if (block['text'] === undefined && fields === undefined) return 'invalid_blocks';
        if (block['text'] !== undefined && !isText(block['text'], 3_000)) return 'invalid_blocks';
        if (fields !== undefined && (!Array.isArray(fields) || fields.length > 10)) return 'invalid_blocks';
        if (block['accessory'] !== undefined && !isLinkButton(block['accessory'])) return 'invalid_blocks';
        break;
      }
      case 'context': {
        const elements = block['elements'];
        if (!Array.isArray(elements) || elements.length < 1 || elements.length > 10) return 'invalid_blocks';
        if (!elements.every((element) => isText(element, 3_000))) return 'invalid_blocks';
        break;
      }
      case 'divider':
        break;
      default:
        return 'invalid_blocks';
    }
    cumulative += JSON.stringify(block).length;
  }
  return cumulative > 24_000 ? 'msg_blocks_too_long' : undefined;
}

/** https://docs.slack.dev/reference/block-kit/block-elements/button-element */
function isLinkButton(element: unknown): boolean {
  const { type, text, url } = element as { readonly type?: unknown; readonly text?: unknown; readonly url?: unknown };
  return type === 'button' && isText(text, 75) && typeof url === 'string' && URL.canParse(url) && url.length <= 3_000;
}

function isText(text: unknown, limit: number): boolean {
  if (typeof text !== 'object' || text === null) return false;
  const { type, text: said } = text as { readonly type?: unknown; readonly text?: unknown };
  const length = typeof said === 'string' ? Array.from(said).length : 0;
  return (type === 'plain_text' || type === 'mrkdwn') && length >= 1 && length <= limit;
}
