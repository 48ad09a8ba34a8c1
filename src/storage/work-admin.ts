import { type BacklogPolicy } from '../model/backlog.js';
import { type DeliveryView } from '../model/delivery.js';
import { type ClaimedMessage } from '../model/message.js';
import { type Replanner } from '../model/decisions/plan-change.js';
import { type CloseReason, type OpeningRules } from '../model/window.js';
import {
  type CancelFilter,
  type DeadFilter,
  type DeadQuery,
  type DeliveryQuery,
  type Page,
  type PageRequest,
  type Slice,
  type WindowFilter,
  type WindowQuery,
} from './store-queries.js';
import {
  type AddressLoad,
  type ApplyRulesReport,
  type BacklogReport,
  type CancelReport,
  type DeadLetter,
  type DismissReport,
  type FlushReport,
  type ForgetReport,
  type MessageRecord,
  type ReplayProgress,
  type ReplanReport,
  type ReplayReport,
  type Sliced,
} from './admin-records.js';
import { type AddressSnapshot, type CancelReason, type WindowView } from './store-records.js';

/**
 * The pages and commands of an operator.
 *
 * No call does unbounded work. A page looks at a bounded number of rows: it may hold fewer items than its `limit`, even
 * none, and still have a `next`. A command does one slice of at most `limit` rows and answers `next` while there is more
 * to do; the caller calls again with that as the `cursor`. A command covers what existed when its first slice ran:
 * what is accepted later is left alone, so that it ends under load too. A caller of many slices does not wait for the disk
 * at each of them (`Slice.durable`), and calls `sync` before it answers.
 */
export abstract class WorkAdmin {
  /** @returns undefined when there is no such delivery */
  abstract find(deliveryId: string): Promise<DeliveryView | undefined>;
  /** A message with its newest deliveries and its attempts. */
  abstract message(messageId: string): Promise<MessageRecord | undefined>;
  /** Deliveries, newest first. @throws InvalidRequestError for a cursor that no page gave */
  abstract deliveries(query: DeliveryQuery): Promise<Page<DeliveryView>>;

  /** Open windows, oldest first. @throws InvalidRequestError for a cursor that no page gave */
  abstract windows(query: WindowQuery): Promise<Page<WindowView>>;
  /** Addresses of a channel with open windows that do not wait for a `sendAt`: what `Acceptance.maxAddresses` limits. */
  abstract gatheringAddresses(channel: string): Promise<number>;
  /** Whether a message is an open window, something else, or unknown. */
  abstract windowState(messageId: string): Promise<'open' | 'closed' | 'unknown'>;
  /** An open window as the message it would be if it closed now; undefined when it is not open. */
  abstract preview(messageId: string): Promise<ClaimedMessage | undefined>;

  /** What the store still holds of one address; undefined when it holds nothing. */
  abstract address(channel: string, address: string): Promise<AddressSnapshot | undefined>;

  /** The addresses of a channel in the order of the addresses, each with what the store still holds of it. */
  abstract addresses(channel: string, page: PageRequest): Promise<Page<AddressLoad>>;

  /** Dead deliveries that were not dismissed, newest message first; of a digest those that match. @throws InvalidRequestError as `windows` */
  abstract dead(query: DeadQuery): Promise<Page<DeliveryView>>;
  /** Dead messages in a few words, newest first; `ids` of the filter are not looked at. */
  abstract deadLetters(filter: DeadFilter, page: PageRequest): Promise<Page<DeadLetter>>;
  /** Hides dead messages with a delivery that matches; they stay dead, and only a replay by id takes them. */
  abstract dismiss(filter: DeadFilter, slice: Slice): Promise<Sliced<DismissReport>>;
  /** Deliveries that are hidden; at most so many messages are counted. */
  abstract dismissed(mostMessages: number): Promise<number>;
  /** How far the last replays are, newest first. */
  abstract replays(limit: number): Promise<readonly ReplayProgress[]>;

  /**
   * Cancels a delivery before it is sent; its window keeps its time.
   * @throws NotFoundError, ConflictError (sending, final, or part of a digest that was already attempted)
   */
  abstract cancel(deliveryId: string, reason: CancelReason, now: number): Promise<DeliveryView>;
  /** Cancels what matches and is still to be sent. It looks at what is pending (with an `idempotencyKey`, at everything). */
  abstract cancelMatching(filter: CancelFilter, slice: Slice): Promise<Sliced<CancelReport>>;

  /**
   * Cancels what waits for an address that is suppressed, with the reason `suppressed`; what is being sent is left, and counted as `kept`. Later
   * deliveries to the address are stopped where they are accepted or, when they were accepted meanwhile, where they are claimed.
   *
   * @param requiredTypes types that only a hard bounce stops: see `isStopped`
   */
  abstract cancelSuppressed(
    channel: string,
    address: string,
    requiredTypes: ReadonlySet<string>,
    slice: Slice,
  ): Promise<Sliced<CancelReport>>;

  /** Closes matching windows now; those that wait for their entries' `sendAt` are left to it. */
  abstract flush(filter: WindowFilter, reason: CloseReason, slice: Slice): Promise<Sliced<FlushReport>>;
  /** Closes the largest windows now, the oldest of them first, until they held `deliveries` or are `limit`. */
  abstract flushLargest(deliveries: number, limit: number, now: number): Promise<FlushReport>;
  /** Applies the rules of now to open windows: see `decideRuleChange`. */
  abstract applyRules(rules: OpeningRules, slice: Slice): Promise<Sliced<ApplyRulesReport>>;

  /**
   * Plans what waits for a recipient again: cancels what no longer comes of what gathers and of what is queued (a digest that was attempted is
   * left), and gives windows their new times: see `decidePlanChange`. What is being sent is left.
   *
   * @param address `user:ID`
   * @param channels those to look at
   */
  abstract replan(
    address: string,
    channels: readonly string[],
    replanner: Replanner,
    slice: Slice,
  ): Promise<Sliced<ReplanReport>>;
  /** Addresses of recipients that have open windows, in any order; one may be on several pages, and several times on one. */
  abstract waitingRecipients(page: PageRequest): Promise<Page<string>>;

  /** Puts whole dead messages with a delivery that matches back in the queue, with their ids and no attempts. */
  abstract replay(filter: DeadFilter, slice: Slice): Promise<Sliced<ReplayReport>>;

  /**
   * Erases what is stored of one address: what ended is deleted, what is pending ends as `cancelled` with the reason
   * `recipient_gone` and keeps neither address nor content. What is being sent is left, and counted. The counts stay. First answers
   * to idempotency keys lose the address: a repeat shows an empty `to`.
   */
  abstract forget(channel: string, address: string, slice: Slice): Promise<Sliced<ForgetReport>>;

  /**
   * Collapses or expires what was due before `before`, windows and queued messages. Critical messages and those that were
   * attempted already are never collapsed, and different `groupKey`s never share a digest.
   */
  abstract clearBacklog(policy: Exclude<BacklogPolicy, 'send'>, before: number, slice: Slice): Promise<Sliced<BacklogReport>>;
}
