import { type EndedDelivery, FINAL_STATES, type FinalState } from '../../model/ended-delivery.js';
import { type DeliveryState } from '../../model/delivery.js';
import { type FailureReason } from '../../model/failure.js';
import { type NotificationContent } from '../../model/notification.js';
import { type MemoryStoreState } from './memory-store-state.js';
import { type MemoryDelivery } from './records.js';

/** A delivery as it was before a call, which may erase its address and content. */
interface Before {
  readonly state: DeliveryState;
  readonly address: string;
  readonly content: NotificationContent;
}

/** Remembers how every delivery stands; the answer lists, when it is asked, those that ended since. */
export function watchEnded(store: MemoryStoreState): () => EndedDelivery[] {
  const before = new Map<number, Before>();
  for (const delivery of store.deliveries.values()) {
    before.set(delivery.id, {
      state: store.stateOf(delivery),
      address: delivery.message.address,
      content: delivery.content,
    });
  }
  return () =>
    [...store.deliveries.values()].flatMap((delivery) => {
      const state = FINAL_STATES.find((final) => final === store.stateOf(delivery));
      const was = before.get(delivery.id);
      const isNew = state !== undefined && was?.state !== state;
      return isNew ? [endedDelivery(store, delivery, state, was ?? { ...delivery, address: delivery.message.address })] : [];
    });
}

function endedDelivery(
  store: MemoryStoreState,
  { id, ended, message }: MemoryDelivery,
  state: FinalState,
  { address, content }: Pick<Before, 'address' | 'content'>,
): EndedDelivery {
  const reason: FailureReason | undefined = ended?.reason ?? (state === 'dead' ? message.lastError?.reason : undefined);
  return {
    id: store.publicId('d', id),
    messageId: store.publicId('m', message.id),
    channel: message.channel,
    address,
    type: content.type,
    state,
    ...(reason === undefined ? {} : { reason }),
    ...(content.idempotencyKey === undefined ? {} : { idempotencyKey: content.idempotencyKey }),
    ...(content.groupKey === undefined ? {} : { groupKey: content.groupKey }),
    at: ended?.at ?? message.updatedAt,
  };
}
