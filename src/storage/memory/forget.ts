import { type ForgetReport, type Slice, type Sliced } from '../notification-store.js';
import { dropAttachments } from './attachments.js';
import { type MemoryStoreState } from './memory-store-state.js';
import { endAlone, live, type MemoryMessage } from './records.js';
import { sliceOf } from './slices.js';

/** Erases what is stored of an address: see the port. */
export function forget(store: MemoryStoreState, channel: string, address: string, slice: Slice): Sliced<ForgetReport> {
  const messages = [...store.messages.values()].filter((message) => message.channel === channel && message.address === address);
  const { items, next } = sliceOf(messages, slice, store.nextMessage - 1);
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
    if (isPending || isNewest(store, message)) redact(message);
    else drop(store, message);
  }
  dropAttachments(store);
  if (next.next === undefined) forgetAnswers(store, address);
  return { cancelled, erased, sending, ...next };
}

/** On any channel: an answer does not say which, and loses nothing that its caller did not say. */
function forgetAnswers(store: MemoryStoreState, address: string): void {
  for (const [key, first] of store.idempotency) {
    const deliveries = first.answer.deliveries.map((delivery) => (delivery.to === address ? { ...delivery, to: '' } : delivery));
    store.idempotency.set(key, { ...first, answer: { ...first.answer, deliveries } });
  }
}

/** The newest rows stay, as they do in a file. */
function isNewest(store: MemoryStoreState, { id, deliveries }: MemoryMessage): boolean {
  return id === store.nextMessage - 1 || deliveries.at(-1)?.id === store.newestDelivery;
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

function drop(store: MemoryStoreState, message: MemoryMessage): void {
  for (const delivery of message.deliveries) {
    store.prunedCounts.push(store.countRow(delivery));
    store.deliveries.delete(delivery.id);
  }
  store.messages.delete(message.id);
}
