import type { KnownBlock } from '@slack/types';

/** One post. `text` says the same as the blocks: it is what notifications and screen readers read. */
export interface SlackPage {
  /** mrkdwn, at most 12 000 characters. */
  readonly text: string;
  /** At most 50 (https://docs.slack.dev/reference/block-kit/blocks). */
  readonly blocks: readonly KnownBlock[];
}

/** A message as Slack gets it: the first page in the channel, the others in its thread. */
export interface SlackContent {
  /** The first is posted in the channel, the others in its thread; at least one. */
  readonly pages: readonly SlackPage[];
  /** Keeps this and later messages with the same key in one thread. */
  readonly threadKey?: string;
}
