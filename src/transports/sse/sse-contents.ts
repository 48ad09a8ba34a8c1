import { type ClaimedMessage } from '../../model/message.js';
import { type NotificationStore, type SequencedMessage } from '../../storage/notification-store.js';
import { type SseBatch } from './sse-content.js';
import { SseEvent } from './sse-event.js';

/** Contents that are kept from their sending until they are read in sequence; one that was dropped is read from the store. */
const MAX_KEPT = 500;

/** Makes what a reader gets of a message, of a form that is never refused. */
export type RenderSse = (message: ClaimedMessage) => SseBatch | Promise<SseBatch>;

/** What the messages of the sequence say: as they were rendered for sending on this instance, else rendered again from the store. */
export class SseContents {
  private readonly kept = new Map<string, SseBatch>();

  constructor(
    private readonly store: NotificationStore,
    private readonly render: RenderSse,
  ) {}

  /** A message that is about to be delivered, which somebody here waits for. */
  keep(messageId: string, batch: SseBatch): void {
    this.kept.set(messageId, batch);
    if (this.kept.size <= MAX_KEPT) return;
    const [oldest] = this.kept.keys();
    if (oldest !== undefined) this.kept.delete(oldest);
  }

  /** In the same order; those that cannot be read any more are left out. @param messages at most 500 */
  async of(messages: readonly SequencedMessage[]): Promise<readonly SseEvent[]> {
    const batches = new Map<string, SseBatch>();
    const missing: string[] = [];
    for (const { messageId } of messages) {
      const batch = this.kept.get(messageId);
      this.kept.delete(messageId);
      if (batch === undefined) missing.push(messageId);
      else batches.set(messageId, batch);
    }
    const stored = missing.length === 0 ? [] : await this.store.deliveredMessages(missing);
    for (const message of stored) batches.set(message.messageId, await this.render(message));
    return messages.flatMap(({ sequence, messageId }) => {
      const batch = batches.get(messageId);
      return batch === undefined ? [] : [new SseEvent(sequence, batch)];
    });
  }

  clear(): void {
    this.kept.clear();
  }
}
