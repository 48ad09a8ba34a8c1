import { type ForgetReport, type Slice, type Sliced } from '../notification-store.js';
import { dropAttachments } from './attachments.js';
import { type MemoryLedger } from './memory-ledger.js';
import { endAlone, live, type MemoryMessage } from './records.js';
import { sliceOf } from './slices.js';

/** Erases what is stored of an address: see the port. */
export function forget(ledger: MemoryLedger, channel: string, address: string, slice: Slice): Sliced<ForgetReport> {
  const messages = [...ledger.messages.values()].filter((message) => message.channel === channel && message.address === address);
  const { items, next } = sliceOf(messages, slice, ledger.nextMessage - 1);
  let [cancelled, erased, sending] = [0, 0, 0];
  for (const message of items) {
    if (message.state === 'sending') {
      sending += live(message).length;
      continue;
    }
    const isPending = message.state === 'gathering' || message.state === 'queued';
    if (isPending) {
      const pending = live(message);
      for (const delivery of pending) endAlone(delivery, { state: 'cancelled', reason: 'recipient_gone', at: slice.now });
      cancelled += pending.length;
    }
    erased += message.deliveries.length;
    if (isPending || isNewest(ledger, message)) redact(message);
    else drop(ledger, message);
  }
  dropAttachments(ledger);
  if (next.next === undefined) forgetAnswers(ledger, address);
  return { cancelled, erased, sending, ...next };
}

/** On any channel: an answer does not say which, and loses nothing that its caller did not say. */
function forgetAnswers(ledger: MemoryLedger, address: string): void {
  for (const [key, first] of ledger.idempotency) {
    const deliveries = first.answer.deliveries.map((delivery) => (delivery.to === address ? { ...delivery, to: '' } : delivery));
    ledger.idempotency.set(key, { ...first, answer: { ...first.answer, deliveries } });
  }
}

/** The newest rows stay, as they do in a file. */
function isNewest(ledger: MemoryLedger, { id, deliveries }: MemoryMessage): boolean {
  return id === ledger.nextMessage - 1 || deliveries.at(-1)?.id === ledger.newestDelivery;
}

function redact(message: MemoryMessage): void {
  message.address = '';
  // Why it failed says nothing of anybody; what the receiver said may.
  if (message.lastError !== undefined) message.lastError = { ...message.lastError, message: '' };
  delete message.errors;
  delete message.answer;
  for (const delivery of message.deliveries) {
    const { type, channel } = delivery.content;
    delivery.content = { type, channel, title: '', priority: 'normal' };
  }
}

function drop(ledger: MemoryLedger, message: MemoryMessage): void {
  for (const delivery of message.deliveries) {
    ledger.prunedCounts.push(ledger.countRow(delivery));
    ledger.deliveries.delete(delivery.id);
  }
  ledger.messages.delete(message.id);
}
