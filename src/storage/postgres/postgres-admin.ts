import { type BacklogPolicy } from '../../model/backlog.js';
import { type DeliveryView } from '../../model/delivery.js';
import { NotFoundError } from '../../model/errors.js';
import { type Replanner } from '../../model/decisions/plan-change.js';
import { type ClaimedMessage } from '../../model/message.js';
import { type CloseReason } from '../../model/window.js';
import { NotificationStore } from '../notification-store.js';
import type * as records from '../notification-store.js';
import { addressLoads, addressSnapshot } from './address.js';
import { clearBacklog } from './backlog.js';
import { cancel, cancelMatching } from './cancel.js';
import { type Context } from './context.js';
import { deadLetters, deadPage, dismissedCount } from './dead.js';
import { DeliverySet } from './delivery-set.js';
import { deliveryPage } from './delivery-page.js';
import { findDelivery } from './delivery-view.js';
import { applyRules, flush, flushLargest } from './flush.js';
import { forget } from './forget.js';
import { messageRecord, previewOf, windowStateOf } from './message-record.js';
import { replan, waitingRecipients } from './replan.js';
import { dismiss, replay, replays } from './replay.js';
import { cancelSuppressed } from './stop-suppressed.js';
import { type Queries } from './transaction.js';
import { windowPage } from './window-page.js';
import { type Work } from './work.js';
import { type ChangeOptions } from './work-queue.js';

/** The operator's half of the store on PostgreSQL. */
export abstract class PostgresAdmin extends NotificationStore {
  /** @throws StoreFailedError */
  protected abstract read<T>(what: string, work: (queries: Queries, context: Context) => Promise<T>): Promise<T>;
  /** @throws StoreFailedError */
  protected abstract change<T>(options: ChangeOptions, work: (work: Work) => Promise<T>): Promise<T>;
  /** The same for what may make work ready. */
  protected abstract changeWork<T>(options: ChangeOptions, work: (work: Work) => Promise<T>): Promise<T>;

  find(deliveryId: string): Promise<DeliveryView | undefined> {
    return this.read('find a delivery', (queries, context) => findDelivery(queries, context, deliveryId));
  }

  message(messageId: string): Promise<records.MessageRecord | undefined> {
    return this.read('read a message', (queries, context) => messageRecord(queries, context, messageId));
  }

  deliveries(query: records.DeliveryQuery): Promise<records.Page<DeliveryView>> {
    return this.read('list deliveries', (queries, context) => deliveryPage(queries, context, query));
  }

  windows(query: records.WindowQuery): Promise<records.Page<records.WindowView>> {
    return this.read('list windows', (queries, context) => windowPage(queries, context, query));
  }

  gatheringAddresses(channel: string): Promise<number> {
    return this.read('count addresses', async (queries) => {
      const text = 'SELECT count(DISTINCT address) AS count FROM open_window WHERE channel = $1 AND not_before IS NULL';
      const [row] = await queries.query<{ readonly count: number }>(text, [channel]);
      return row?.count ?? 0;
    });
  }

  windowState(messageId: string): Promise<'open' | 'closed' | 'unknown'> {
    return this.read('look for a window', (queries, context) => windowStateOf(queries, context, messageId));
  }

  preview(messageId: string): Promise<ClaimedMessage | undefined> {
    return this.read('preview a window', (queries, context) => previewOf(queries, context, new DeliverySet(queries), messageId));
  }

  address(channel: string, address: string): Promise<records.AddressSnapshot | undefined> {
    return this.read('read what an address got', (queries) => addressSnapshot(queries, channel, address));
  }

  addresses(channel: string, page: records.PageRequest): Promise<records.Page<records.AddressLoad>> {
    return this.read('list addresses', (queries) => addressLoads(queries, channel, page));
  }

  dead(query: records.DeadQuery): Promise<records.Page<DeliveryView>> {
    return this.read('list dead deliveries', (queries, context) => deadPage(queries, context, query));
  }

  deadLetters(filter: records.DeadFilter, page: records.PageRequest): Promise<records.Page<records.DeadLetter>> {
    return this.read('list dead messages', (queries, context) => deadLetters(queries, context, filter, page));
  }

  dismissed(mostMessages: number): Promise<number> {
    return this.read('count what was dismissed', (queries) => dismissedCount(queries, mostMessages));
  }

  replays(limit: number): Promise<readonly records.ReplayProgress[]> {
    return this.read('list replays', (queries) => replays(queries, limit));
  }

  dismiss(filter: records.DeadFilter, slice: records.Slice): Promise<records.Sliced<records.DismissReport>> {
    return this.change(sliceOf('dismiss dead deliveries', slice), (work) => dismiss(work, filter, slice));
  }

  async cancel(deliveryId: string, reason: records.CancelReason, now: number): Promise<DeliveryView> {
    return this.change({ what: 'cancel a delivery' }, async (work) => {
      await cancel(work, deliveryId, reason, now);
      await work.writeRows();
      const view = await findDelivery(work.queries, work.context, deliveryId);
      if (view === undefined) throw new NotFoundError(`delivery ${deliveryId}`);
      return view;
    });
  }

  cancelMatching(filter: records.CancelFilter, slice: records.Slice): Promise<records.Sliced<records.CancelReport>> {
    return this.change(sliceOf('cancel deliveries', slice), (work) => cancelMatching(work, filter, slice));
  }

  cancelSuppressed(
    channel: string,
    address: string,
    requiredTypes: ReadonlySet<string>,
    slice: records.Slice,
  ): Promise<records.Sliced<records.CancelReport>> {
    const options = sliceOf('cancel deliveries to a suppressed address', slice);
    return this.change(options, (work) => cancelSuppressed(work, channel, address, requiredTypes, slice));
  }

  flush(filter: records.WindowFilter, reason: CloseReason, slice: records.Slice): Promise<records.Sliced<records.FlushReport>> {
    return this.changeWork(sliceOf('flush windows', slice), (work) => flush(work, filter, reason, slice));
  }

  flushLargest(deliveries: number, limit: number, now: number): Promise<records.FlushReport> {
    return this.changeWork({ what: 'flush the largest windows' }, (work) => flushLargest(work, deliveries, limit, now));
  }

  applyRules(rules: records.OpeningRules, slice: records.Slice): Promise<records.Sliced<records.ApplyRulesReport>> {
    return this.changeWork(sliceOf('apply rules to windows', slice), (work) => applyRules(work, rules, slice));
  }

  replan(
    address: string,
    channels: readonly string[],
    replanner: Replanner,
    slice: records.Slice,
  ): Promise<records.Sliced<records.ReplanReport>> {
    const options = sliceOf("plan a recipient's messages again", slice);
    return this.changeWork(options, (work) => replan(work, address, channels, replanner, slice));
  }

  waitingRecipients(page: records.PageRequest): Promise<records.Page<string>> {
    return this.read('find recipients that wait', (queries) => waitingRecipients(queries, page));
  }

  replay(filter: records.DeadFilter, slice: records.Slice): Promise<records.Sliced<records.ReplayReport>> {
    return this.changeWork(sliceOf('replay dead deliveries', slice), (work) => replay(work, filter, slice));
  }

  forget(channel: string, address: string, slice: records.Slice): Promise<records.Sliced<records.ForgetReport>> {
    return this.change(sliceOf('erase an address', slice), (work) => forget(work, channel, address, slice));
  }

  clearBacklog(
    policy: Exclude<BacklogPolicy, 'send'>,
    before: number,
    slice: records.Slice,
  ): Promise<records.Sliced<records.BacklogReport>> {
    return this.changeWork(sliceOf('clear the backlog', slice), (work) => clearBacklog(work, policy, before, slice));
  }
}

function sliceOf(what: string, { durable = true }: records.Slice): ChangeOptions {
  return { what, durable };
}
