import { type FailureReason } from '../model/failure.js';

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

/** Deliveries to take back: exactly one of the keys, narrowed by the rest. */
export interface CancelFilter {
  readonly idempotencyKey?: string;
  readonly groupKey?: string;
  readonly dedupeKey?: string;
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

/** Dead deliveries, by what they are and why they failed last. */
export interface DeadFilter extends DeliveryFilter {
  readonly reason?: FailureReason;
}

export interface DeadQuery extends DeadFilter, PageRequest {}

/** The deliveries of an address. */
export interface DeliveryQuery extends PageRequest {
  readonly address: string;
  readonly channel?: string;
}
