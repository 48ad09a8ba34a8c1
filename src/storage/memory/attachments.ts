import { type MemoryLedger } from './memory-ledger.js';

/** The bytes of a delivery's notification: see the port. */
export function attachmentsOf(ledger: MemoryLedger, deliveryId: string): readonly Uint8Array[] {
  const delivery = ledger.delivery(deliveryId);
  if (delivery?.content.email?.attachments === undefined) return [];
  return ledger.attachments.get(delivery.firstId) ?? [];
}

/** Drops the attachments whose content no delivery has any more. */
export function dropAttachments(ledger: MemoryLedger): void {
  if (ledger.attachments.size === 0) return;
  const needed = new Set<number>();
  for (const { firstId, content } of ledger.deliveries.values())
    if (content.email?.attachments !== undefined) needed.add(firstId);
  for (const firstId of ledger.attachments.keys()) if (!needed.has(firstId)) ledger.attachments.delete(firstId);
}
