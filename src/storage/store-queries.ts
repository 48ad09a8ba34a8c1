import { type DeliveryState, type DeliveryView } from '../model/delivery.js';
import { type FailureReason } from '../model/failure.js';

/** What deliveries must have; an absent member lets all pass. */
export interface DeliveryFilter {
  /** Exactly these deliveries. */
  readonly ids?: readonly string[];
  /** On this channel. */
  readonly channel?: string;
  /** Of this type. */
  readonly type?: string;
  /** For this address, in its canonical form. */
  readonly address?: string;
}

const DELIVERY_FILTER_FIELDS = ['ids', 'channel', 'type', 'address'] as const satisfies readonly (keyof DeliveryFilter)[];

/** What windows must have; an absent member lets all pass. */
export interface WindowFilter {
  /** Opened before this, epoch ms. */
  readonly openedBefore?: number;
  /** Opened by this instance. The embedded store has one instance, and looks away. */
  readonly openedBy?: string;
  /** Exactly this window. */
  readonly messageId?: string;
  /** On this channel. */
  readonly channel?: string;
  /** Of this type. */
  readonly type?: string;
  /** For this address, in its canonical form. */
  readonly address?: string;
}

export const WINDOW_FILTER_FIELDS = [
  'channel',
  'type',
  'address',
  'messageId',
  'openedBefore',
  'openedBy',
] as const satisfies readonly (keyof WindowFilter)[];

/** Deliveries to cancel: exactly one of the keys, narrowed by the rest. */
export interface CancelFilter {
  /** Of the notification. Exactly one of the three keys is given. */
  readonly idempotencyKey?: string;
  /** Of the notification. */
  readonly groupKey?: string;
  /** Of the notification. */
  readonly dedupeKey?: string;
  /** Deliveries on this channel only. */
  readonly channel?: string;
  /** Deliveries of this type only. */
  readonly type?: string;
  /** Deliveries for this address only, in its canonical form. */
  readonly address?: string;
}

export const CANCEL_FILTER_FIELDS = [
  'idempotencyKey',
  'groupKey',
  'dedupeKey',
  'channel',
  'type',
  'address',
] as const satisfies readonly (keyof CancelFilter)[];

/** Which part of a list is wanted. */
export interface PageRequest {
  /** 1..200; 50 when absent. */
  readonly limit?: number;
  /** `next` of the page before. */
  readonly cursor?: string;
}

/** A part of a list. */
export interface Page<T> {
  /** At most as many as were asked for; there may be fewer, or none, while `next` is there. */
  readonly items: readonly T[];
  /** Present when there is more: the `cursor` of the next page. */
  readonly next?: string;
}

/** A page of open windows, the oldest first. */
export interface WindowQuery extends WindowFilter, PageRequest {
  /** Case-insensitive part of a title. */
  readonly q?: string;
}

export const WINDOW_QUERY_FIELDS = [
  ...WINDOW_FILTER_FIELDS,
  'q',
  'limit',
  'cursor',
] as const satisfies readonly (keyof WindowQuery)[];

/** Dead deliveries, by what they are and why they failed last. */
export interface DeadFilter extends DeliveryFilter {
  /** Of the last failure. */
  readonly reason?: FailureReason;
}

/** A page of dead deliveries. */
export interface DeadQuery extends DeadFilter, PageRequest {
  /** Shows what was dismissed too. */
  readonly dismissed?: boolean;
}

export const DEAD_FILTER_FIELDS = [...DELIVERY_FILTER_FIELDS, 'reason'] as const satisfies readonly (keyof DeadFilter)[];
export const DEAD_QUERY_FIELDS = [
  ...DEAD_FILTER_FIELDS,
  'dismissed',
  'limit',
  'cursor',
] as const satisfies readonly (keyof DeadQuery)[];

/** Which deliveries; all of them when empty. */
export interface DeliveryQuery extends PageRequest {
  /** In this state. */
  readonly state?: DeliveryState;
  /** On this channel. */
  readonly channel?: string;
  /** Of this type. */
  readonly type?: string;
  /** For this address, in its canonical form. */
  readonly address?: string;
  /** Why it ended otherwise than delivered. */
  readonly reason?: FailureReason;
  /** Accepted at this time or later, epoch ms. */
  readonly from?: number;
  /** Accepted before this time, epoch ms. */
  readonly to?: number;
}

export const DELIVERY_QUERY_FIELDS = [
  'state',
  'channel',
  'type',
  'address',
  'reason',
  'from',
  'to',
  'limit',
  'cursor',
] as const satisfies readonly (keyof DeliveryQuery)[];

/** Bounds one call of a command. */
export interface Slice {
  /** Most rows that the call changes, ≥ 1; one message whose entries must be read counts with all of them. */
  readonly limit: number;
  /** The time of the call, epoch ms. */
  readonly now: number;
  /** `next` of the slice before; absent for the first one. */
  readonly cursor?: string;
  /** False: the slice survives a power failure only after the next durable write, e.g. `sync`; a crash of the process it survives anyway. */
  readonly durable?: boolean;
}

/** Whether a page of deliveries shows this one. */
export function isShown(view: DeliveryView, { state, channel, type, address, reason, from, to }: DeliveryQuery): boolean {
  const at = Date.parse(view.createdAt);
  return (
    (state === undefined || view.state === state) &&
    (channel === undefined || view.channel === channel) &&
    (type === undefined || view.type === type) &&
    (address === undefined || view.to === address) &&
    (reason === undefined || view.reason === reason) &&
    (from === undefined || at >= from) &&
    (to === undefined || at < to)
  );
}
