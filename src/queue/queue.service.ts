import { Inject, Injectable } from '@nestjs/common';
import { AddressLimit } from '../aggregation/address-limit.js';
import { AggregationRules } from '../aggregation/aggregation-rules.js';
import { BatchAggregationService } from '../aggregation/batch-aggregation.service.js';
import { MemoryPressure } from '../aggregation/memory-pressure.js';
import { NOTIFICATION_OPTIONS, type ResolvedOptions } from '../config/options.js';
import { Clock } from '../model/clock.js';
import { type AcceptedNotification, type DeliveryView, type NotificationInTransaction } from '../model/delivery.js';
import { type NotificationError, ShuttingDownError, TransactionsUnsupportedError } from '../model/errors.js';
import { Intake, type IntakeOptions } from '../model/intake.js';
import { pendingLimit } from '../model/queue-limit.js';
import { NotificationEvents } from '../model/notification-events.js';
import { type Notification } from '../model/notification.js';
import { deliveryCount } from '../storage/acceptance-parts.js';
import { CommandRunner } from '../storage/command-runner.js';
import { fullPage } from '../storage/full-page.js';
import {
  type Acceptance,
  type AcceptResult,
  type CancelFilter,
  type CancelReport,
  type DeliveryQuery,
  type Page,
  type Refusal,
  NotificationStore,
} from '../storage/notification-store.js';
import { CANCEL_FILTER_FIELDS, DELIVERY_QUERY_FIELDS } from '../storage/store-queries.js';
import { BatchFigures } from '../processing/batch-figures.js';
import { type TransactionExecutor } from '../storage/transaction-executor.js';
import { StoreSnapshots } from '../storage/store-snapshots.js';
import { AcceptancePlanner } from '../recipients/acceptance-planner.js';
import { ChannelAddresses } from '../recipients/channel-addresses.js';
import { RecipientReads } from '../recipients/recipient-reads.js';
import { TransportRegistry } from '../transports/transport-registry.js';
import { AcceptanceFactory } from './acceptance-factory.js';
import { cancelKey, checkCancelled } from './cancel-key.js';
import { acceptedEvent, enqueuedOf } from '../storage/accepted-event.js';
import { type NotificationLine, numbered } from './notification-line.js';
import { DrainRate } from './drain-rate.js';
import { type EnqueueManyReport, enqueueStream } from './enqueue-stream.js';
import { Backpressure } from './backpressure.js';
import { type QueueStatistics } from './queue-statistics.js';
import { refusalError } from './refusal-error.js';

/** The front door: validates, routes and keeps notifications. Every answer means that they are durable. */
@Injectable()
export class QueueService extends Intake {
  private closed = false;
  private readonly acceptances: AcceptanceFactory;
  private readonly drain: DrainRate;
  private readonly backpressure: Backpressure;

  constructor(
    private readonly store: NotificationStore,
    private readonly snapshots: StoreSnapshots,
    private readonly transports: TransportRegistry,
    rules: AggregationRules,
    limit: AddressLimit,
    pressure: MemoryPressure,
    private readonly aggregation: BatchAggregationService,
    addresses: ChannelAddresses,
    private readonly planner: AcceptancePlanner,
    private readonly reads: RecipientReads,
    private readonly figures: BatchFigures,
    private readonly clock: Clock,
    private readonly commands: CommandRunner,
    private readonly events: NotificationEvents,
    @Inject(NOTIFICATION_OPTIONS) private readonly options: ResolvedOptions,
  ) {
    super();
    this.acceptances = new AcceptanceFactory(transports, addresses, rules, limit, clock, options);
    this.drain = new DrainRate(events, snapshots, () => clock.now());
    this.backpressure = new Backpressure(clock, options.queue.maxPending, () => pressure.level);
    snapshots.onRead(({ pending }) => this.backpressure.learn(pending));
  }

  /**
   * Accepts one notification; resolves once it is durable.
   *
   * @param options.tx a transaction of the application, made by `fromPg` and the like of `nestjs-digest/postgres` (PostgreSQL only): the notification
   *   is accepted when it is committed, and the answer has no `messageId`. @throws TransactionsUnsupportedError, TransactionRequiredError
   * @throws InvalidNotificationError, IdempotencyConflictError, QueueFullError, ShuttingDownError, StoreFailedError
   */
  async enqueue(notification: Notification, options?: { readonly tx?: undefined }): Promise<AcceptedNotification>;
  async enqueue(notification: Notification, options: { readonly tx: TransactionExecutor }): Promise<NotificationInTransaction>;
  async enqueue(
    notification: Notification,
    { tx }: { readonly tx?: TransactionExecutor | undefined } = {},
  ): Promise<AcceptedNotification | NotificationInTransaction> {
    return tx === undefined ? this.accept(notification) : this.acceptIn(tx, notification);
  }

  /** @internal As `enqueue`, for the services behind the front door. */
  async accept(notification: Notification, options: IntakeOptions = {}): ReturnType<Intake['accept']> {
    const made = this.acceptances.makeOne(notification, this.opened(options));
    const [result] = await this.keep([made instanceof Promise ? await made : made]);
    if (result === undefined) throw new ShuttingDownError();
    if ('refused' in result) throw this.errorOf(result.refused);
    return result;
  }

  /** Accepts a stream of notifications, reading it only as fast as the store takes it. Bad ones are counted, not thrown. */
  async enqueueMany(notifications: Iterable<Notification> | AsyncIterable<Notification>): Promise<EnqueueManyReport> {
    return this.enqueueLines(numbered(notifications));
  }

  /** @internal The same for items that know their position, or that are no notification at all. */
  async enqueueLines(lines: AsyncIterable<NotificationLine>): Promise<EnqueueManyReport> {
    return enqueueStream(
      lines,
      (notification) => this.acceptances.make(notification, this.opened({})),
      (acceptances) => this.keep(acceptances),
      (refusal) => this.errorOf(refusal),
    );
  }

  /** @returns the delivery; undefined when there is none, or it was deleted after its retention */
  async find(deliveryId: string): Promise<DeliveryView | undefined> {
    return this.store.find(deliveryId);
  }

  /** Deliveries, newest first. A page of a narrow filter may hold fewer than its limit, even none, and still have a `next`. */
  async deliveries(query: DeliveryQuery = {}): Promise<Page<DeliveryView>> {
    return fullPage(this.transports.canonicalFilter(query, DELIVERY_QUERY_FIELDS), (part) => this.store.deliveries(part));
  }

  /** Cancels a delivery before it is sent. @throws NotFoundError, ConflictError */
  async cancel(deliveryId: string): Promise<DeliveryView> {
    return this.store.cancel(deliveryId, 'cancelled', this.clock.now());
  }

  /**
   * Cancels all that matches a key and is still to be sent. After 10 s it answers with `more` and goes on in the background.
   *
   * @throws InvalidRequestError for none or several keys, NotFoundError for an `idempotencyKey` that nobody used, ConflictError
   *   when nothing of the key can be cancelled any more
   */
  async cancelAll(filter: CancelFilter): Promise<CancelReport & { readonly more?: boolean }> {
    const key = cancelKey(filter);
    const wanted = this.transports.canonicalFilter(filter, CANCEL_FILTER_FIELDS);
    const { total: report, more } = await this.commands.run({
      name: 'cancelling deliveries',
      step: (slice) => this.store.cancelMatching(wanted, slice),
      start: { cancelled: 0, kept: 0 },
      add: (sum, { cancelled, kept }) => ({ cancelled: sum.cancelled + cancelled, kept: sum.kept + kept }),
    });
    if (more) return { ...report, more };
    checkCancelled(key, filter, report);
    return report;
  }

  /**
   * It has been read: takes it out of what is still to be sent; that of a recipient (`user:ID`) on every channel of its notification, also when it was
   * sent itself. What comes only later (`afterMs`) without `unless: "read"` stays.
   *
   * @throws NotFoundError, and ConflictError for an address when it is being sent or has ended
   */
  async markRead(deliveryId: string): Promise<DeliveryView> {
    const delivery = await this.store.find(deliveryId);
    const recipient = delivery && this.reads.recipientOf(delivery);
    if (delivery === undefined || recipient === undefined) return this.store.cancel(deliveryId, 'read', this.clock.now());
    await this.reads.markDelivery(recipient, delivery);
    return (await this.store.find(deliveryId)) ?? delivery;
  }

  /** @throws StoreFailedError before the module is initialised, and after it was closed */
  getStatistics(): QueueStatistics {
    const { asOf, counts, pending } = this.snapshots.now();
    const batches = this.figures.read();
    const pools = Object.values(batches.channels).flatMap(({ name, pool }) =>
      pool === undefined ? [] : [[name, pool] as const],
    );
    return {
      asOf,
      counts,
      pending,
      maxPending: this.options.queue.maxPending,
      batches,
      windows: this.aggregation.getStatistics(),
      pools: Object.fromEntries(pools),
    };
  }

  close(): void {
    this.closed = true;
    this.backpressure.release();
  }

  /** It does not wait for a queue that is nearly full: the application's transaction is open. */
  private async acceptIn(tx: TransactionExecutor, notification: Notification): Promise<NotificationInTransaction> {
    if (this.store.acceptIn === undefined) throw new TransactionsUnsupportedError();
    const acceptance = await this.acceptances.makeOne(notification, this.opened({}));
    const { maxPending } = this.options.queue;
    const { pending } = this.snapshots.now();
    if (pending + deliveryCount(acceptance) > pendingLimit(maxPending, acceptance.content.priority)) {
      throw this.errorOf({ reason: 'queue_full', pending, maxPending });
    }
    const planned = await this.planner.plan([acceptance]);
    const accepted = await this.store.acceptIn(tx, planned.acceptances[0] ?? acceptance, this.clock.now());
    this.planner.check(planned);
    return accepted;
  }

  /** @throws ShuttingDownError */
  private opened(options: IntakeOptions): IntakeOptions {
    if (this.closed) throw new ShuttingDownError();
    return options;
  }

  /** Waits while the queue is nearly full; `critical` never does, and goes ahead of what it came with. */
  private async keep(acceptances: readonly Acceptance[]): Promise<readonly AcceptResult[]> {
    const delay = acceptances.every(isCritical) ? undefined : this.backpressure.delay();
    if (delay === undefined) return this.keepNow(acceptances);
    const ahead = acceptances.filter(isCritical);
    const kept = ahead.length === 0 ? [] : await this.keepNow(ahead);
    await delay;
    const behind = await this.keepNow(acceptances.filter((acceptance) => !isCritical(acceptance)));
    const results = { ahead: kept.values(), behind: behind.values() };
    return acceptances.flatMap((acceptance) => {
      const { value } = (isCritical(acceptance) ? results.ahead : results.behind).next();
      return value === undefined ? [] : [value];
    });
  }

  private async keepNow(acceptances: readonly Acceptance[]): Promise<readonly AcceptResult[]> {
    if (this.closed) throw new ShuttingDownError();
    const plan = this.planner.plan(acceptances);
    const planned = plan instanceof Promise ? await plan : plan;
    const startedAt = this.clock.now();
    const { results, pending } = await this.store.accept(planned.acceptances, startedAt);
    this.planner.check(planned);
    this.backpressure.learn(pending);
    this.events.emit('accepted', acceptedEvent(acceptances, results));
    if (this.events.isHeard('enqueued'))
      this.events.emit('enqueued', { startedAt, deliveries: enqueuedOf(acceptances, results) });
    return results;
  }

  private errorOf(refusal: Refusal): NotificationError {
    return refusalError(refusal, (excess) => this.drain.waitMs(excess, this.clock.now()));
  }
}

function isCritical({ content }: Acceptance): boolean {
  return content.priority === 'critical';
}
