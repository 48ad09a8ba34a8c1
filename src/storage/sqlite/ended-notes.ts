import { type EndedDelivery, type EndedObserver, type FinalState } from '../../model/ended-delivery.js';
import { type FailureReason } from '../../model/failure.js';
import { contentOf, UNREADABLE } from './content.js';
import { type DeliveryRow } from './rows.js';

/** What of a message a note says. */
export interface NotedMessage {
  readonly id: number;
  readonly channel: string;
  readonly address: string;
  readonly type: string;
}

/** How a delivery ended. */
export interface End {
  readonly state: FinalState;
  readonly reason?: FailureReason;
  readonly at: number;
}

/** Notes down what a write ends, for those who want to know. Without them it costs one look at an empty set. */
export class EndedNotes {
  private readonly observers = new Set<EndedObserver>();
  private notes: EndedDelivery[] = [];

  observe(observer: EndedObserver): () => void {
    this.observers.add(observer);
    return () => this.observers.delete(observer);
  }

  wants(state: FinalState): boolean {
    for (const observer of this.observers) if (observer.wants(state)) return true;
    return false;
  }

  /** @param publicId makes the ids that callers know */
  note(
    publicId: (kind: 'd' | 'm', id: number) => string,
    message: NotedMessage,
    entry: Pick<DeliveryRow, 'id' | 'json'>,
    { state, reason, at }: End,
  ): void {
    if (!this.wants(state)) return;
    const content = contentOf(entry);
    this.notes.push({
      id: publicId('d', entry.id),
      messageId: publicId('m', message.id),
      channel: message.channel,
      address: message.address,
      type: content === UNREADABLE ? message.type : content.type,
      state,
      ...(reason === undefined ? {} : { reason }),
      ...(content.idempotencyKey === undefined ? {} : { idempotencyKey: content.idempotencyKey }),
      ...(content.groupKey === undefined ? {} : { groupKey: content.groupKey }),
      at,
    });
  }

  /** What a piece of work answers, and what it ended. A transaction that fails is done again, so that nothing is kept of the first time. */
  during<T>(work: () => T): { readonly result: T; readonly ended: readonly EndedDelivery[] } {
    this.notes = [];
    const result = work();
    const ended = this.notes;
    this.notes = [];
    return { result, ended };
  }

  tell(ended: readonly EndedDelivery[]): void {
    for (const observer of this.observers) {
      const wanted = ended.filter(({ state }) => observer.wants(state));
      if (wanted.length > 0) observer.ended(wanted);
    }
  }
}
