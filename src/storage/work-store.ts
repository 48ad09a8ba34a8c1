import { type NotificationInTransaction } from '../model/delivery.js';
import { type EndedObserver } from '../model/ended-delivery.js';
import { type Claim, type ClaimedMessage, type Settlement } from '../model/message.js';
import { type SequencePage, type SequenceQuery } from './sequence-records.js';
import {
  type AcceptReport,
  type Acceptance,
  type AdvanceReport,
  type ClaimRequest,
  type ExtendReport,
  type KnownSnapshot,
  type Readiness,
  type SettleReport,
  type StoreSnapshot,
} from './store-records.js';
import {
  type HeartbeatReport,
  type InstanceDescription,
  type InstanceRecord,
  type OpenReport,
  type StoreHealth,
  type StoreTraits,
} from './store-upkeep.js';
import { WorkAdmin } from './work-admin.js';

/**
 * The one table of work. Every method is atomic and durable when it resolves (except `advance`, `claim` and `settle`), and every caller's writes of one tick
 * may share a transaction. Nothing is thrown for a refusal that the caller can act on, except where it says so; a store that
 * cannot write rejects with `StoreFailedError`, and nothing of that call was kept.
 *
 * All times are epoch ms and come from the caller: a store never reads a clock.
 */
export abstract class WorkStore extends WorkAdmin {
  /** What it can do, and what the module must do without. */
  abstract readonly traits: StoreTraits;

  /**
   * Opens or creates, migrates, registers the instance, and requeues what no live instance holds. Idempotent.
   *
   * @param instance the instance that opens it; the store makes a name when it is absent
   */
  abstract open(now: number, instance?: InstanceDescription): Promise<OpenReport>;
  /** Ends pending writes, takes the instance out of the registry, and lets go of everything. Idempotent. */
  abstract close(): Promise<void>;

  /**
   * Says that this instance lives, every 5 s, and requeues what instances held that are silent for 15 s: those whose
   * process died are heard of by nobody, and those that only slept find their claims lost.
   */
  abstract heartbeat(now: number): Promise<HeartbeatReport>;
  /** Instances that live, in the order of their start. */
  abstract instances(now: number): Promise<readonly InstanceRecord[]>;
  /** The time of the store's own clock, epoch ms; undefined when it has none and follows its callers. It is asked before `open` too. */
  abstract time(): Promise<number | undefined>;

  /** Whether the last writes worked, and whether there is room for more. Cheap: it writes only after a write failed. */
  abstract check(): Promise<StoreHealth>;

  /** Called whenever work may have become ready or due earlier than before. Returns how to stop. */
  abstract onWork(listener: () => void): () => void;
  /**
   * Tells of every delivery that a call of this object brought to a final state, once that is written and before the call resolves. A call that
   * fails tells nothing, and a store without an observer collects nothing. Returns how to stop.
   */
  abstract onEnded(observer: EndedObserver): () => void;

  /**
   * Keeps notifications: each delivery joins the open window of its group or opens one, or its own message that is
   * due at once (at its `sendAt`). Refuses (429) past `maxPending`, (422) an idempotency key with other content. The bytes of attachments are stored
   * in the same transaction, once for each notification, until the last delivery that has its content is pruned or erased.
   */
  abstract accept(acceptances: readonly Acceptance[], now: number): Promise<AcceptReport>;

  /**
   * Keeps a notification in a transaction of the application: it is there once that is committed, and `advance` decides then which message it
   * joins. Nothing is refused for a full queue. Only a store that is in the database of the application has it.
   *
   * @throws TransactionRequiredError for what is no `TransactionExecutor`
   */
  acceptIn?(tx: unknown, acceptance: Acceptance, now: number): Promise<NotificationInTransaction>;

  /**
   * Does what is due at `now`, in the order of its due times: closes windows, readies retries and scheduled ones, expires, requeues
   * what nobody settled within its lease. At most `limit` steps. A power failure may undo it up to the last durable write: what was due then is
   * due again.
   */
  abstract advance(now: number, limit: number): Promise<AdvanceReport>;
  /** The next time for `advance`, or an earlier one; undefined when there is none. */
  abstract nextDueAt(): Promise<number | undefined>;

  /** One row a channel that has anything ready. */
  abstract readiness(): Promise<readonly Readiness[]>;
  /** Takes ready messages, the most urgent first and fairly between types and addresses; from here they are `sending` for every other call. */
  abstract claim(request: ClaimRequest): Promise<Claim>;
  /**
   * Prolongs the leases of claims to `until` (epoch ms; a lease is never shortened), for what they still hold. A lease that ended can be prolonged
   * as long as no `advance` requeued its messages.
   */
  abstract extend(tokens: readonly string[], until: number): Promise<ExtendReport>;
  /**
   * Records how claimed messages ended. A settlement whose token does not hold its message changes nothing and is reported; one that repeats
   * another of the same call is ignored. Once resolved it survives a process crash; it survives a power failure after the next durable write
   * (see `sync`).
   */
  abstract settle(settlements: readonly Settlement[], now: number): Promise<SettleReport>;
  /** All that was settled is durable when it resolves. */
  abstract sync(): Promise<void>;

  /**
   * A part of a channel's sequence: of the messages that were settled as `sequenced`, in the order in which they were.
   *
   * A number is `max(last + 1, now × 1000)` of the last one and the time of the settlement, given in the transaction of the settlement. Over all
   * instances numbers become visible in their order: once a message can be read here, none with a smaller number is still to come. So a
   * reader that has read to a number, and asks for what is after it, misses nothing and gets nothing twice.
   */
  abstract sequenced(query: SequenceQuery): Promise<SequencePage>;
  /**
   * Delivered messages by their ids, at most 500, as they were sent, in any order. Those that are not there any more, and those whose content
   * was erased or cannot be read, are left out.
   */
  abstract deliveredMessages(messageIds: readonly string[]): Promise<readonly ClaimedMessage[]>;

  /**
   * The bytes of the attachments of a delivery's notification, in the order of `content.email.attachments`; none when it has none, or its content
   * was erased or pruned.
   */
  abstract attachments(deliveryId: string): Promise<readonly Uint8Array[]>;

  /** Figures of the store, all of one time. */
  abstract snapshot(): Promise<StoreSnapshot>;
  /**
   * The same without waiting, exact; undefined with a store that must be asked (the trait `shared`), see `StoreSnapshots`.
   *
   * @throws StoreFailedError before `open` and after `close`
   */
  abstract snapshotNow(now: number): KnownSnapshot | undefined;
}
