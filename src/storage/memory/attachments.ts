import { type MemoryStoreState } from './memory-store-state.js';

/** The bytes of a delivery's notification: see the port. */
export function attachmentsOf(store: MemoryStoreState, deliveryId: string): readonly Uint8Array[] {
  const delivery = store.delivery(deliveryId);
  if (delivery?.content.email?.attachments === undefined) return [];
  return store.attachments.get(delivery.firstId) ?? [];
}

/** Drops the attachments whose content no delivery has any more. */
export function dropAttachments(store: MemoryStoreState): void {
  if (store.attachments.size === 0) return;
  const needed = new Set<number>();
  for (const { firstId, content } of store.deliveries.values()) if (content.email?.attachments !== undefined) needed.add(firstId);
  for (const firstId of store.attachments.keys()) if (!needed.has(firstId)) store.attachments.delete(firstId);
}
