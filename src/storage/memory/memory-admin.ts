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
import { type MemoryLedger } from './memory-ledger.js';
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
  protected abstract run<T>(work: (ledger: MemoryLedger) => T): Promise<T>;
  /** The same for what may make work ready. */
  protected abstract change<T>(work: (ledger: MemoryLedger) => T): Promise<T>;

  find(deliveryId: string): Promise<DeliveryView | undefined> {
    return this.run((ledger) => {
      const delivery = ledger.delivery(deliveryId);
      return delivery && deliveryView(ledger, delivery);
    });
  }

  message(messageId: string): Promise<records.MessageRecord | undefined> {
    return this.run((ledger) => messageRecord(ledger, messageId));
  }

  deliveries(query: records.DeliveryQuery): Promise<records.Page<DeliveryView>> {
    return this.run((ledger) => deliveryPage(ledger, query));
  }

  windows(query: records.WindowQuery): Promise<records.Page<records.WindowView>> {
    return this.run((ledger) => windowPage(ledger, query));
  }

  gatheringAddresses(channel: string): Promise<number> {
    return this.run((ledger) => activeAddresses(ledger, channel).length);
  }

  windowState(messageId: string): Promise<'open' | 'closed' | 'unknown'> {
    return this.run((ledger) => {
      const message = ledger.message(messageId);
      if (message === undefined) return 'unknown';
      return message.state === 'gathering' ? 'open' : 'closed';
    });
  }

  preview(messageId: string): Promise<ClaimedMessage | undefined> {
    return this.run((ledger) => {
      const message = ledger.message(messageId);
      return message?.state === 'gathering' ? claimedMessage(message) : undefined;
    });
  }

  address(channel: string, address: string): Promise<records.AddressSnapshot | undefined> {
    return this.run((ledger) => addressSnapshot(ledger, channel, address));
  }

  dead(query: records.DeadQuery): Promise<records.Page<DeliveryView>> {
    return this.run((ledger) => deadPage(ledger, query));
  }

  deadLetters(filter: records.DeadFilter): Promise<records.Page<records.DeadLetter>> {
    return this.run((ledger) => deadLetters(ledger, filter));
  }

  dismissed(mostMessages: number): Promise<number> {
    return this.run((ledger) => {
      const hidden = deadMessages(ledger, {}).filter(({ dismissedAt }) => dismissedAt !== undefined);
      return hidden.slice(0, mostMessages).flatMap(live).length;
    });
  }

  addresses(channel: string): Promise<records.Page<records.AddressLoad>> {
    return this.run((ledger) => addressLoads(ledger, channel));
  }

  dismiss(filter: records.DeadFilter, slice: records.Slice): Promise<records.Sliced<records.DismissReport>> {
    return this.run((ledger) => dismiss(ledger, filter, slice));
  }

  replays(limit: number): Promise<readonly records.ReplayProgress[]> {
    return this.run((ledger) => replays(ledger, limit));
  }

  cancel(deliveryId: string, reason: records.CancelReason, now: number): Promise<DeliveryView> {
    return this.run((ledger) => deliveryView(ledger, cancel(ledger, deliveryId, reason, now)));
  }

  cancelMatching(filter: records.CancelFilter, slice: records.Slice): Promise<records.Sliced<records.CancelReport>> {
    return this.run((ledger) => cancelMatching(ledger, filter, slice));
  }

  cancelSuppressed(
    channel: string,
    address: string,
    requiredTypes: ReadonlySet<string>,
    slice: records.Slice,
  ): Promise<records.Sliced<records.CancelReport>> {
    return this.run((ledger) => cancelSuppressed(ledger, channel, address, requiredTypes, slice));
  }

  flush(filter: records.WindowFilter, reason: CloseReason, slice: records.Slice): Promise<records.Sliced<records.FlushReport>> {
    return this.change((ledger) => flush(ledger, filter, reason, slice));
  }

  flushLargest(deliveries: number, limit: number, now: number): Promise<records.FlushReport> {
    return this.change((ledger) => flushLargest(ledger, deliveries, limit, now));
  }

  applyRules(rules: records.OpeningRules, slice: records.Slice): Promise<records.Sliced<records.ApplyRulesReport>> {
    return this.change((ledger) => applyRules(ledger, rules, slice));
  }

  replan(
    address: string,
    channels: readonly string[],
    replanner: Replanner,
    slice: records.Slice,
  ): Promise<records.Sliced<records.ReplanReport>> {
    return this.change((ledger) => replan(ledger, address, channels, replanner, slice));
  }

  waitingRecipients(): Promise<records.Page<string>> {
    return this.run((ledger) => ({ items: waitingRecipients(ledger) }));
  }

  replay(filter: records.DeadFilter, slice: records.Slice): Promise<records.Sliced<records.ReplayReport>> {
    return this.change((ledger) => replay(ledger, filter, slice));
  }

  forget(channel: string, address: string, slice: records.Slice): Promise<records.Sliced<records.ForgetReport>> {
    return this.run((ledger) => forget(ledger, channel, address, slice));
  }

  clearBacklog(
    policy: Exclude<BacklogPolicy, 'send'>,
    before: number,
    slice: records.Slice,
  ): Promise<records.Sliced<records.BacklogReport>> {
    return this.run((ledger) => clearBacklog(ledger, policy, before, slice));
  }
}
