import { type AcceptedDelivery, type DeliveryState, type DeliveryView, type Route } from '../model/delivery.js';
import { type FailureReason } from '../model/failure.js';
import { type ClaimedMessage, type Lane, type Settlement } from '../model/message.js';
import { type NotificationContent, type NotificationPriority } from '../model/notification.js';
import { type NotificationError } from '../model/errors.js';
import { type CloseReason, type WindowPolicy } from '../model/window.js';

/** One validated and routed notification on its way into the store. */
export interface Acceptance {
  readonly content: NotificationContent;
  /** 1..1000 addresses, distinct; each becomes one delivery. */
  readonly addresses: readonly string[];
  readonly route: Route;
  /** Of the window to join; present exactly when the route is `aggregate`. */
  readonly policy?: WindowPolicy;
}

/** The answer to one acceptance: its deliveries in the order of its addresses, or why nothing of it was kept. */
export type AcceptResult = { readonly deliveries: readonly AcceptedDelivery[] } | { readonly refused: NotificationError };

/** A window that just closed. */
export interface ClosedWindow {
  readonly messageId: string;
  readonly channel: string;
  readonly address: string;
  readonly type: string;
  readonly count: number;
  readonly reason: CloseReason;
  /** Time it gathered, ms. */
  readonly openMs: number;
}

export interface AcceptReport {
  /** One per acceptance, same order. */
  readonly results: readonly AcceptResult[];
  /** Windows that these acceptances filled. */
  readonly closed: readonly ClosedWindow[];
}

export interface AdvanceReport {
  readonly closed: readonly ClosedWindow[];
  /** Deliveries whose `expiresAt` passed. */
  readonly expired: number;
  /** There is more that is due at this very `now`; call again. */
  readonly more: boolean;
}

/** What stands ready to be claimed on one channel. */
export interface Readiness {
  readonly channel: string;
  readonly critical: number;
  /** Normal lane, to be sent without delay: digests, `individual` ones, retries. */
  readonly urgent: number;
  /** Normal lane, `batch` route, first try: they may wait for company. */
  readonly waiting: number;
  /** When the longest waiting of these became ready, epoch ms. */
  readonly waitingSince?: number;
}

export interface ClaimRequest {
  readonly channel: string;
  readonly lane: Lane;
  /** Most messages to claim, ≥ 1. */
  readonly limit: number;
  readonly now: number;
  /** How long the claim holds without a settlement; then another worker may claim it. */
  readonly leaseMs: number;
}

/** A settled message, for the statistics of whoever asked. */
export interface SettledMessage {
  readonly messageId: string;
  readonly channel: string;
  readonly address: string;
  readonly type: string;
  readonly state: DeliveryState;
  /** Live deliveries in it. */
  readonly count: number;
}

export interface DeliveryFilter {
  readonly ids?: readonly string[];
  readonly channel?: string;
  readonly type?: string;
  readonly address?: string;
}

export interface WindowFilter {
  readonly messageId?: string;
  readonly channel?: string;
  readonly type?: string;
  readonly address?: string;
}

export interface PageRequest {
  /** 1..200; 50 when absent. */
  readonly limit?: number;
  /** `next` of the page before. */
  readonly cursor?: string;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Present when there is more: the `cursor` of the next page. */
  readonly next?: string;
}

export interface WindowQuery extends WindowFilter, PageRequest {
  /** Case-insensitive part of a title. */
  readonly q?: string;
}

/** An open window as `inspect` and `GET /notifications/windows` show it. Moments are ISO 8601. */
export interface WindowView {
  readonly messageId: string;
  readonly channel: string;
  readonly address: string;
  readonly type: string;
  readonly groupKey?: string;
  readonly count: number;
  readonly maxCount: number;
  readonly priority: NotificationPriority;
  readonly openedAt: string;
  readonly dueAt: string;
  /** The first 100 live entries. */
  readonly items: readonly { readonly id: string; readonly title: string }[];
}

export interface DeadQuery extends DeliveryFilter, PageRequest {
  readonly reason?: FailureReason;
}

/** Deliveries by what they are and where they stand. Sums over `state` are what was accepted. */
export interface CountRow {
  readonly channel: string;
  readonly type: string;
  readonly route: Route;
  readonly state: DeliveryState;
  readonly count: number;
}

export interface StoreSnapshot {
  readonly counts: readonly CountRow[];
  /** Deliveries not final. */
  readonly pending: number;
  readonly windows: {
    readonly open: number;
    readonly items: number;
    /** When the oldest open one opened, epoch ms. */
    readonly oldestAt?: number;
  };
  /** Messages ready or waiting for their moment, and those being sent. */
  readonly messages: { readonly queued: number; readonly sending: number };
}

/** What one address got. */
export interface AddressSnapshot {
  /** Deliveries by state. */
  readonly counts: Readonly<Partial<Record<DeliveryState, number>>>;
  /** Messages sent to it, and the deliveries they carried. */
  readonly messagesSent: number;
  readonly deliveriesSent: number;
  readonly openWindows: number;
  /** Sum over its sent messages of the time from acceptance (of the window's first entry) to delivery, ms. */
  readonly totalSendMs: number;
  /** Epoch ms of the last change. */
  readonly lastActivityAt?: number;
}

/** Counters of one stretch of time; what the names mean is the monitoring room's. */
export interface HistoryRow {
  /** Start of the stretch, epoch ms. */
  readonly at: number;
  readonly stepMs: number;
  /** e.g. `accepted`, `delivered.email`, `batch_size.email.100`; a sum, so that rows can be added up. */
  readonly name: string;
  readonly value: number;
}

export interface PruneReport {
  readonly deliveries: number;
  readonly messages: number;
  /** There is more to prune; call again. */
  readonly more: boolean;
}

/**
 * The one table of work. Every method is atomic and durable when it resolves, and every caller's writes of one tick may
 * share a transaction. Nothing is thrown for a refusal that the caller can act on, save where it says so; a store that
 * cannot write rejects with `StoreFailedError`, and nothing of that call was kept.
 *
 * All moments are epoch ms and come from the caller: a store never reads a clock.
 */
export abstract class NotificationStore {
  /** Opens or creates, migrates, and takes back what a dead process was sending. Idempotent. */
  abstract open(now: number): Promise<void>;
  /** Ends pending writes and lets go of everything. Idempotent. */
  abstract close(): Promise<void>;

  /** Whether a write would work now; the text is for health. */
  abstract check(): Promise<{ readonly ok: boolean; readonly detail: string }>;

  /** Called whenever work may have become ready or due earlier than before. Returns how to stop. */
  abstract onWork(listener: () => void): () => void;

  /**
   * Keeps notifications: each delivery joins the open window of its group or opens one, or a message of its own that is
   * due at once (at its `sendAt`). Refuses (429) past `maxPending`, (422) an idempotency key with other content.
   */
  abstract accept(acceptances: readonly Acceptance[], now: number): Promise<AcceptReport>;

  /** Does what is due at `now`: closes windows, readies retries and scheduled ones, expires. At most `limit` steps. */
  abstract advance(now: number, limit: number): Promise<AdvanceReport>;
  /** The next moment for `advance`; undefined when there is none. */
  abstract nextDueAt(): Promise<number | undefined>;

  /** One row a channel that has anything ready. */
  abstract readiness(): Promise<readonly Readiness[]>;
  /** Takes ready messages, the most urgent first and fairly between types and addresses. */
  abstract claim(request: ClaimRequest): Promise<readonly ClaimedMessage[]>;
  /** Records how claimed messages ended. A settlement of one that is not claimed is ignored. */
  abstract settle(settlements: readonly Settlement[], now: number): Promise<readonly SettledMessage[]>;

  abstract find(deliveryId: string): Promise<DeliveryView | undefined>;
  /**
   * Takes a delivery back before it is sent.
   * @throws NotFoundError, ConflictError (sending, final, or part of a digest that was already tried)
   */
  abstract cancel(deliveryId: string, now: number): Promise<DeliveryView>;

  /** Open windows, oldest first. */
  abstract windows(query: WindowQuery): Promise<Page<WindowView>>;
  /** Whether a message is an open window, something else, or unknown. */
  abstract windowState(messageId: string): Promise<'open' | 'closed' | 'unknown'>;
  /** Closes matching windows now. */
  abstract flush(filter: WindowFilter, reason: CloseReason, now: number): Promise<readonly ClosedWindow[]>;

  /** Dead deliveries, newest first. */
  abstract dead(query: DeadQuery): Promise<Page<DeliveryView>>;
  /** Puts dead messages back in the queue with their ids and no attempts; returns how many deliveries. */
  abstract replay(filter: DeliveryFilter, now: number): Promise<number>;

  abstract snapshot(): Promise<StoreSnapshot>;
  abstract address(channel: string, address: string): Promise<AddressSnapshot | undefined>;

  /** Adds to the history; rows of the same `at`, `stepMs` and `name` are summed. */
  abstract record(rows: readonly HistoryRow[]): Promise<void>;
  /** Rows with `from` ≤ `at` < `to`, oldest first. */
  abstract history(from: number, to: number): Promise<readonly HistoryRow[]>;

  /** Drops messages that ended before `before`, with their deliveries, and history before `historyBefore`. Bounded by `limit`. */
  abstract prune(before: number, historyBefore: number, limit: number): Promise<PruneReport>;
}
