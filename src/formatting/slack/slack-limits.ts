import type { KnownBlock } from '@slack/types';
import { type SlackContent, type SlackPage } from '../../transports/slack/slack-content.js';

/** https://docs.slack.dev/reference/block-kit/blocks and …/composition-objects/text-object. Characters are UTF-16 units. */
export const SLACK_LIMITS = {
  blocks: 50,
  /** Slack takes 40 000 and cuts what is longer; this is as much as anybody reads. */
  textCharacters: 12_000,
  sectionCharacters: 3_000,
  sectionFields: 10,
  fieldCharacters: 2_000,
  headerCharacters: 150,
  contextElements: 10,
  /** Of a button. */
  urlCharacters: 3_000,
  /** Undocumented; larger payloads were refused with `msg_blocks_too_long` (slackapi/bolt-js#2509). */
  payloadCharacters: 12_000,
} as const;

/** Why Slack would refuse what a formatter made; undefined when it would not. */
export function slackContentProblem(content: unknown): string | undefined {
  const pages = isContent(content) ? content.pages : undefined;
  if (pages === undefined || pages.length === 0) return 'it must be { pages: [{ text, blocks }, …] } with at least one page';
  for (const [index, page] of pages.entries()) {
    const problem = pageProblem(page);
    if (problem !== undefined) return `page ${index + 1}: ${problem}`;
  }
  return undefined;
}

function pageProblem({ text, blocks }: SlackPage): string | undefined {
  // A host's formatter may have made anything.
  const given: { readonly text: unknown; readonly blocks: unknown } = { text, blocks };
  if (typeof given.text !== 'string' || text === '') return 'the text is missing';
  if (text.length > SLACK_LIMITS.textCharacters) return `the text has ${text.length} characters`;
  if (!Array.isArray(given.blocks)) return 'the blocks are missing';
  if (blocks.length > SLACK_LIMITS.blocks) return `there are ${blocks.length} blocks`;
  const size = JSON.stringify(blocks).length;
  if (size > 2 * SLACK_LIMITS.payloadCharacters) return `the blocks have ${size} characters`;
  return blocks.map(blockProblem).find((problem) => problem !== undefined);
}

function blockProblem(block: KnownBlock): string | undefined {
  switch (block.type) {
    case 'section': {
      const fields = block.fields ?? [];
      if ((block.text?.text.length ?? 0) > SLACK_LIMITS.sectionCharacters) return 'a section is too long';
      if (fields.length > SLACK_LIMITS.sectionFields) return `a section has ${fields.length} fields`;
      return fields.some(({ text }) => text.length > SLACK_LIMITS.fieldCharacters) ? 'a field is too long' : undefined;
    }
    case 'header':
      return block.text.text.length > SLACK_LIMITS.headerCharacters ? 'a header is too long' : undefined;
    case 'context':
      return block.elements.length > SLACK_LIMITS.contextElements ? 'a context has too many elements' : undefined;
    default:
      return undefined;
  }
}

function isContent(content: unknown): content is SlackContent {
  return typeof content === 'object' && content !== null && 'pages' in content && Array.isArray(content.pages);
}
