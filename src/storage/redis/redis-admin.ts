import { type BacklogPolicy } from '../../model/backlog.js';
import { type DeliveryView } from '../../model/delivery.js';
import { type Replanner } from '../../model/decisions/plan-change.js';
import { type ClaimedMessage } from '../../model/message.js';
import { type CloseReason } from '../../model/window.js';
import { NotificationStore } from '../notification-store.js';
import type * as records from '../notification-store.js';
import { addressLoads, addressSnapshot } from './address.js';
import { clearBacklog } from './backlog.js';
import { cancel, cancelMatching } from './cancel.js';
import { deadLetters, deadPage, dismissedCount } from './dead.js';
import { deliveryPage } from './delivery-page.js';
import { applyRules, flush, flushLargest } from './flush.js';
import { forget } from './forget.js';
import { type RowReader } from './read-rows.js';
import { replan } from './replan.js';
import { dismiss, replay, replays } from './replay.js';
import { cancelSuppressed } from './stop-suppressed.js';
import { deliveryView, type Find, findDelivery, messageRecord, previewOf, windowStateOf } from './views.js';
import { waitingRecipients, windowPage } from './window-page.js';
import { type Work } from './work.js';

/** The operator's half of the store on Redis. */
export abstract class RedisAdmin extends NotificationStore {
  /** @throws StoreFailedError */
  protected abstract look<T>(what: string, work: (reader: RowReader, find: Find) => Promise<T>): Promise<T>;
  /** @throws StoreFailedError */
  protected abstract change<T>(what: string, work: (work: Work, reader: RowReader) => Promise<T>): Promise<T>;
  /** The same for what may make work ready. */
  protected abstract changeWork<T>(what: string, work: (work: Work, reader: RowReader) => Promise<T>): Promise<T>;

  find(deliveryId: string): Promise<DeliveryView | undefined> {
    return this.look('find a delivery', (reader, find) => findDelivery(reader, find, deliveryId));
  }

  message(messageId: string): Promise<records.MessageRecord | undefined> {
    return this.look('read a message', (reader) => messageRecord(reader, messageId));
  }

  deliveries(query: records.DeliveryQuery): Promise<records.Page<DeliveryView>> {
    return this.look('list deliveries', (reader) => deliveryPage(reader, query));
  }

  windows(query: records.WindowQuery): Promise<records.Page<records.WindowView>> {
    return this.look('list windows', (reader) => windowPage(reader, query));
  }

  gatheringAddresses(channel: string): Promise<number> {
    return this.look('count addresses', async ({ read }) => Number((await read([['HLEN', `gc:${channel}`]]))[0]));
  }

  windowState(messageId: string): Promise<'open' | 'closed' | 'unknown'> {
    return this.look('look for a window', (reader) => windowStateOf(reader, messageId));
  }

  preview(messageId: string): Promise<ClaimedMessage | undefined> {
    return this.look('preview a window', (reader) => previewOf(reader, messageId));
  }

  address(channel: string, address: string): Promise<records.AddressSnapshot | undefined> {
    return this.look('read what an address got', (reader) => addressSnapshot(reader, channel, address));
  }

  addresses(channel: string, page: records.PageRequest): Promise<records.Page<records.AddressLoad>> {
    return this.look('list addresses', (reader) => addressLoads(reader, channel, page));
  }

  dead(query: records.DeadQuery): Promise<records.Page<DeliveryView>> {
    return this.look('list dead deliveries', (reader) => deadPage(reader, query));
  }

  deadLetters(filter: records.DeadFilter, page: records.PageRequest): Promise<records.Page<records.DeadLetter>> {
    return this.look('list dead messages', (reader) => deadLetters(reader, filter, page));
  }

  dismissed(mostMessages: number): Promise<number> {
    return this.look('count what was dismissed', (reader) => dismissedCount(reader, mostMessages));
  }

  replays(limit: number): Promise<readonly records.ReplayProgress[]> {
    return this.look('list replays', (reader) => replays(reader, limit));
  }

  waitingRecipients(page: records.PageRequest): Promise<records.Page<string>> {
    return this.look('find recipients that wait', (reader) => waitingRecipients(reader, page));
  }

  dismiss(filter: records.DeadFilter, slice: records.Slice): Promise<records.Sliced<records.DismissReport>> {
    return this.change('dismiss dead deliveries', (work, reader) => dismiss(work, reader, filter, slice));
  }

  cancel(deliveryId: string, reason: records.CancelReason, now: number): Promise<DeliveryView> {
    return this.change('cancel a delivery', async (work) => {
      const { delivery, message } = await cancel(work, deliveryId, reason, now);
      return deliveryView(work.context, delivery, message);
    });
  }

  cancelMatching(filter: records.CancelFilter, slice: records.Slice): Promise<records.Sliced<records.CancelReport>> {
    return this.change('cancel deliveries', (work, reader) => cancelMatching(work, reader, filter, slice));
  }

  cancelSuppressed(
    channel: string,
    address: string,
    requiredTypes: ReadonlySet<string>,
    slice: records.Slice,
  ): Promise<records.Sliced<records.CancelReport>> {
    return this.change('cancel deliveries to a suppressed address', (work, reader) =>
      cancelSuppressed(work, reader, channel, address, requiredTypes, slice),
    );
  }

  flush(filter: records.WindowFilter, reason: CloseReason, slice: records.Slice): Promise<records.Sliced<records.FlushReport>> {
    return this.changeWork('flush windows', (work, reader) => flush(work, reader, filter, reason, slice));
  }

  flushLargest(deliveries: number, limit: number, now: number): Promise<records.FlushReport> {
    return this.changeWork('flush the largest windows', (work, reader) => flushLargest(work, reader, deliveries, limit, now));
  }

  applyRules(rules: records.OpeningRules, slice: records.Slice): Promise<records.Sliced<records.ApplyRulesReport>> {
    return this.changeWork('apply rules to windows', (work, reader) => applyRules(work, reader, rules, slice));
  }

  replan(
    address: string,
    channels: readonly string[],
    replanner: Replanner,
    slice: records.Slice,
  ): Promise<records.Sliced<records.ReplanReport>> {
    return this.changeWork("plan a recipient's messages again", (work, reader) =>
      replan(work, reader, address, channels, replanner, slice),
    );
  }

  replay(filter: records.DeadFilter, slice: records.Slice): Promise<records.Sliced<records.ReplayReport>> {
    return this.changeWork('replay dead deliveries', (work, reader) => replay(work, reader, filter, slice));
  }

  forget(channel: string, address: string, slice: records.Slice): Promise<records.Sliced<records.ForgetReport>> {
    return this.change('erase an address', (work, reader) => forget(work, reader, channel, address, slice));
  }

  clearBacklog(
    policy: Exclude<BacklogPolicy, 'send'>,
    before: number,
    slice: records.Slice,
  ): Promise<records.Sliced<records.BacklogReport>> {
    return this.changeWork('clear the backlog', (work, reader) => clearBacklog(work, reader, policy, before, slice));
  }
}
