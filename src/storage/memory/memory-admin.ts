import { type BacklogPolicy } from '../../model/backlog.js';
import { type DeliveryView } from '../../model/delivery.js';
import { type Replanner } from '../../model/decisions/plan-change.js';
import { type ClaimedMessage } from '../../model/message.js';
import { type CloseReason } from '../../model/window.js';
import { NotificationStore } from '../notification-store.js';
import type * as records from '../notification-store.js';
import { clearBacklog } from './backlog.js';
import { cancel, cancelMatching } from './cancel.js';
import { claimedMessage } from './claim.js';
import { activeAddresses, applyRules, flush, flushLargest } from './flush.js';
import { forget } from './forget.js';
import { type MemoryStoreState } from './memory-store-state.js';
import { messageRecord } from './message-record.js';
import { addressLoads, deadLetters, deadMessages, deadPage, deliveryPage, windowPage } from './pages.js';
import { live } from './records.js';
import { replan, waitingRecipients } from './replan.js';
import { dismiss, replay, replays } from './replay.js';
import { cancelSuppressed } from './stop-suppressed.js';
import { addressSnapshot, deliveryView } from './views.js';

/** The operator's half of the store in memory. */
export abstract class MemoryAdmin extends NotificationStore {
  /** @throws StoreFailedError when it is closed */
  protected abstract run<T>(work: (store: MemoryStoreState) => T): Promise<T>;
  /** The same for what may make work ready. */
  protected abstract change<T>(work: (store: MemoryStoreState) => T): Promise<T>;

  find(deliveryId: string): Promise<DeliveryView | undefined> {
    return this.run((store) => {
      const delivery = store.delivery(deliveryId);
      return delivery && deliveryView(store, delivery);
    });
  }

  message(messageId: string): Promise<records.MessageRecord | undefined> {
    return this.run((store) => messageRecord(store, messageId));
  }

  deliveries(query: records.DeliveryQuery): Promise<records.Page<DeliveryView>> {
    return this.run((store) => deliveryPage(store, query));
  }

  windows(query: records.WindowQuery): Promise<records.Page<records.WindowView>> {
    return this.run((store) => windowPage(store, query));
  }

  gatheringAddresses(channel: string): Promise<number> {
    return this.run((store) => activeAddresses(store, channel).length);
  }

  windowState(messageId: string): Promise<'open' | 'closed' | 'unknown'> {
    return this.run((store) => {
      const message = store.message(messageId);
      if (message === undefined) return 'unknown';
      return message.state === 'gathering' ? 'open' : 'closed';
    });
  }

  preview(messageId: string): Promise<ClaimedMessage | undefined> {
    return this.run((store) => {
      const message = store.message(messageId);
      return message?.state === 'gathering' ? claimedMessage(store, message) : undefined;
    });
  }

  address(channel: string, address: string): Promise<records.AddressSnapshot | undefined> {
    return this.run((store) => addressSnapshot(store, channel, address));
  }

  dead(query: records.DeadQuery): Promise<records.Page<DeliveryView>> {
    return this.run((store) => deadPage(store, query));
  }

  deadLetters(filter: records.DeadFilter): Promise<records.Page<records.DeadLetter>> {
    return this.run((store) => deadLetters(store, filter));
  }

  dismissed(mostMessages: number): Promise<number> {
    return this.run((store) => {
      const hidden = deadMessages(store, {}).filter(({ dismissedAt }) => dismissedAt !== undefined);
      return hidden.slice(0, mostMessages).flatMap(live).length;
    });
  }

  addresses(channel: string): Promise<records.Page<records.AddressLoad>> {
    return this.run((store) => addressLoads(store, channel));
  }

  dismiss(filter: records.DeadFilter, slice: records.Slice): Promise<records.Sliced<records.DismissReport>> {
    return this.run((store) => dismiss(store, filter, slice));
  }

  replays(limit: number): Promise<readonly records.ReplayProgress[]> {
    return this.run((store) => replays(store, limit));
  }

  cancel(deliveryId: string, reason: records.CancelReason, now: number): Promise<DeliveryView> {
    return this.run((store) => deliveryView(store, cancel(store, deliveryId, reason, now)));
  }

  cancelMatching(filter: records.CancelFilter, slice: records.Slice): Promise<records.Sliced<records.CancelReport>> {
    return this.run((store) => cancelMatching(store, filter, slice));
  }

  cancelSuppressed(
    channel: string,
    address: string,
    requiredTypes: ReadonlySet<string>,
    slice: records.Slice,
  ): Promise<records.Sliced<records.CancelReport>> {
    return this.run((store) => cancelSuppressed(store, channel, address, requiredTypes, slice));
  }

  flush(filter: records.WindowFilter, reason: CloseReason, slice: records.Slice): Promise<records.Sliced<records.FlushReport>> {
    return this.change((store) => flush(store, filter, reason, slice));
  }

  flushLargest(deliveries: number, limit: number, now: number): Promise<records.FlushReport> {
    return this.change((store) => flushLargest(store, deliveries, limit, now));
  }

  applyRules(rules: records.OpeningRules, slice: records.Slice): Promise<records.Sliced<records.ApplyRulesReport>> {
    return this.change((store) => applyRules(store, rules, slice));
  }

  replan(
    address: string,
    channels: readonly string[],
    replanner: Replanner,
    slice: records.Slice,
  ): Promise<records.Sliced<records.ReplanReport>> {
    return this.change((store) => replan(store, address, channels, replanner, slice));
  }

  waitingRecipients(): Promise<records.Page<string>> {
    return this.run((store) => ({ items: waitingRecipients(store) }));
  }

  replay(filter: records.DeadFilter, slice: records.Slice): Promise<records.Sliced<records.ReplayReport>> {
    return this.change((store) => replay(store, filter, slice));
  }

  forget(channel: string, address: string, slice: records.Slice): Promise<records.Sliced<records.ForgetReport>> {
    return this.run((store) => forget(store, channel, address, slice));
  }

  clearBacklog(
    policy: Exclude<BacklogPolicy, 'send'>,
    before: number,
    slice: records.Slice,
  ): Promise<records.Sliced<records.BacklogReport>> {
    return this.run((store) => clearBacklog(store, policy, before, slice));
  }
}
