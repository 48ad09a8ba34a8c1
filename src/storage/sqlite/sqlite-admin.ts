import { type BacklogPolicy } from '../../model/backlog.js';
import { type DeliveryView } from '../../model/delivery.js';
import { NotFoundError } from '../../model/errors.js';
import { type Replanner } from '../../model/decisions/plan-change.js';
import { type ClaimedMessage } from '../../model/message.js';
import { type CloseReason } from '../../model/window.js';
import type * as records from '../notification-store.js';
import { addressSnapshot } from './address.js';
import { addressLoads } from './address-loads.js';
import { applyRules } from './apply-rules.js';
import { clearBacklog } from './backlog.js';
import { cancel, cancelMatching } from './cancel.js';
import { dead, deadLetters, dismissedCount } from './dead.js';
import { deliveryPage } from './delivery-page.js';
import { flush, flushLargest } from './flush.js';
import { forget } from './forget.js';
import { type StoreState } from './store-state.js';
import { messageRecord } from './message-record.js';
import { previewOf } from './preview.js';
import { replan, waitingRecipients } from './replan.js';
import { dismiss, replay, replays } from './replay.js';
import { SqliteFile } from './sqlite-file.js';
import { cancelSuppressed } from './stop-suppressed.js';
import { findDelivery } from './views.js';
import { windowPage, windowStateOf } from './window-page.js';

/** The operator's half of the embedded store. */
export abstract class SqliteAdmin extends SqliteFile {
  async find(deliveryId: string): Promise<DeliveryView | undefined> {
    return this.read((store) => findDelivery(store, deliveryId));
  }

  async message(messageId: string): Promise<records.MessageRecord | undefined> {
    return this.read((store) => messageRecord(store, messageId));
  }

  async deliveries(query: records.DeliveryQuery): Promise<records.Page<DeliveryView>> {
    return this.read((store) => deliveryPage(store, query));
  }

  async windows(query: records.WindowQuery): Promise<records.Page<records.WindowView>> {
    return this.read((store) => windowPage(store, query));
  }

  async gatheringAddresses(channel: string): Promise<number> {
    return this.read(({ windows }) => windows.addressesOf(channel).size);
  }

  async windowState(messageId: string): Promise<'open' | 'closed' | 'unknown'> {
    return this.read((store) => windowStateOf(store, messageId));
  }

  async preview(messageId: string): Promise<ClaimedMessage | undefined> {
    return this.read((store) => previewOf(store, messageId));
  }

  async address(channel: string, address: string): Promise<records.AddressSnapshot | undefined> {
    return this.read((store) => addressSnapshot(store, channel, address));
  }

  async dead(query: records.DeadQuery): Promise<records.Page<DeliveryView>> {
    return this.read((store) => dead(store, query));
  }

  async deadLetters(filter: records.DeadFilter, page: records.PageRequest): Promise<records.Page<records.DeadLetter>> {
    return this.read((store) => deadLetters(store, filter, page));
  }

  async dismissed(mostMessages: number): Promise<number> {
    return this.read((store) => dismissedCount(store, mostMessages));
  }

  async addresses(channel: string, page: records.PageRequest): Promise<records.Page<records.AddressLoad>> {
    return this.read((store) => addressLoads(store, channel, page));
  }

  async dismiss(filter: records.DeadFilter, slice: records.Slice): Promise<records.Sliced<records.DismissReport>> {
    return this.write('dismiss dead deliveries', slice.now, (store) => dismiss(store, filter, slice), slice.durable);
  }

  async replays(limit: number): Promise<readonly records.ReplayProgress[]> {
    return this.read((store) => replays(store, limit));
  }

  async cancel(deliveryId: string, reason: records.CancelReason, now: number): Promise<DeliveryView> {
    await this.write('cancel a delivery', now, (store) => cancel(store, deliveryId, reason, now));
    const view = findDelivery(this.store, deliveryId);
    if (view === undefined) throw new NotFoundError(`delivery ${deliveryId}`);
    return view;
  }

  async cancelMatching(filter: records.CancelFilter, slice: records.Slice): Promise<records.Sliced<records.CancelReport>> {
    return this.write('cancel deliveries', slice.now, (store) => cancelMatching(store, filter, slice), slice.durable);
  }

  async cancelSuppressed(
    channel: string,
    address: string,
    requiredTypes: ReadonlySet<string>,
    slice: records.Slice,
  ): Promise<records.Sliced<records.CancelReport>> {
    const work = (store: StoreState) => cancelSuppressed(store, channel, address, requiredTypes, slice);
    return this.write('cancel deliveries to a suppressed address', slice.now, work, slice.durable);
  }

  async flush(
    filter: records.WindowFilter,
    reason: CloseReason,
    slice: records.Slice,
  ): Promise<records.Sliced<records.FlushReport>> {
    return this.change('flush windows', slice.now, (store) => flush(store, filter, reason, slice), slice.durable);
  }

  async flushLargest(deliveries: number, limit: number, now: number): Promise<records.FlushReport> {
    return this.change('flush the largest windows', now, (store) => flushLargest(store, deliveries, limit, now));
  }

  async applyRules(rules: records.OpeningRules, slice: records.Slice): Promise<records.Sliced<records.ApplyRulesReport>> {
    return this.change('apply rules to windows', slice.now, (store) => applyRules(store, rules, slice), slice.durable);
  }

  async replan(
    address: string,
    channels: readonly string[],
    replanner: Replanner,
    slice: records.Slice,
  ): Promise<records.Sliced<records.ReplanReport>> {
    const work = (store: StoreState) => replan(store, address, channels, replanner, slice);
    return this.change("plan a recipient's messages again", slice.now, work, slice.durable);
  }

  async waitingRecipients(page: records.PageRequest): Promise<records.Page<string>> {
    return this.read((store) => waitingRecipients(store, page));
  }

  async replay(filter: records.DeadFilter, slice: records.Slice): Promise<records.Sliced<records.ReplayReport>> {
    return this.change('replay dead deliveries', slice.now, (store) => replay(store, filter, slice), slice.durable);
  }

  async forget(channel: string, address: string, slice: records.Slice): Promise<records.Sliced<records.ForgetReport>> {
    return this.write('erase an address', slice.now, (store) => forget(store, channel, address, slice), slice.durable);
  }

  async clearBacklog(
    policy: Exclude<BacklogPolicy, 'send'>,
    before: number,
    slice: records.Slice,
  ): Promise<records.Sliced<records.BacklogReport>> {
    return this.write('clear the backlog', slice.now, (store) => clearBacklog(store, policy, before, slice), slice.durable);
  }

  private read<T>(work: (store: StoreState) => T): Promise<T> {
    return Promise.resolve(work(this.store));
  }

  /** What may make work ready. */
  private async change<T>(what: string, now: number, work: (store: StoreState) => T, durable = true): Promise<T> {
    const result = await this.write(what, now, work, durable);
    this.signal();
    return result;
  }
}
