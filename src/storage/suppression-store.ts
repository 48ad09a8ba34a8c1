import { type SuppressionReason } from '../model/suppression.js';
import { type Page, type PageRequest } from './store-queries.js';

/** An address that is suppressed on a channel, or was. Times are epoch ms. */
export interface SuppressionRecord {
  /** The channel on which nothing is sent to the address. */
  readonly channel: string;
  /** In its canonical form; empty once it was erased, which does not end the suppression. */
  readonly address: string;
  /** Why. */
  readonly reason: SuppressionReason;
  /** Since when, epoch ms. */
  readonly at: number;
  /** When it ends by itself; undefined: it holds until it is removed. */
  readonly until?: number;
  /** The note that was given with it. */
  readonly note?: string;
  /** When and why it was removed. */
  readonly removedAt?: number;
  /** The note that was given when it was lifted. */
  readonly removedNote?: string;
}

/** A suppression that begins. */
export type NewSuppression = Omit<SuppressionRecord, 'removedAt' | 'removedNote'>;

/** Which suppressions; those that hold at `now` unless `ended` is true. */
export interface SuppressionQuery extends PageRequest {
  /** On this channel. */
  readonly channel?: string;
  /** This address, in its canonical form. */
  readonly address?: string;
  /** For this reason. */
  readonly reason?: SuppressionReason;
  /** Shows those too that ended by themselves or were removed. */
  readonly ended?: boolean;
}

/** Which suppressions of an address a removal ends; all of them without a reason. */
export interface SuppressionRemoval {
  /** The channel on which it holds. */
  readonly channel: string;
  /** In its canonical form. */
  readonly address: string;
  /** Only what was suppressed for this reason; absent: for every reason. */
  readonly reason?: SuppressionReason;
  /** Kept with what was lifted. */
  readonly note: string;
}

/**
 * Suppressed addresses, by channel, address and reason. An address is found by a hash of itself, so that it can be erased without ending the
 * suppression: who unsubscribed and then had their data erased must not get mail again.
 */
export interface SuppressionStore {
  /** Begins a suppression; one that holds for the same channel, address and reason is replaced. Durable once resolved. @throws StoreFailedError */
  add(suppression: NewSuppression): Promise<void>;
  /** Ends suppressions that hold; they stay visible with the note until they are pruned. Resolves with how many. @throws StoreFailedError */
  remove(removal: SuppressionRemoval, now: number): Promise<number>;
  /** Newest first; a page may hold fewer than its limit and still have a `next`. @throws InvalidRequestError for a bad cursor */
  page(query: SuppressionQuery, now: number): Promise<Page<SuppressionRecord>>;
  /** Why addresses are suppressed now; those that are not are absent. */
  reasonsOf(
    channel: string,
    addresses: readonly string[],
    now: number,
  ): Promise<ReadonlyMap<string, readonly SuppressionReason[]>>;
  /** Erases an address, and the notes about it; it stays suppressed. Resolves with how many records had it. */
  forget(channel: string, address: string): Promise<number>;
  /** Deletes what ended before `before`, at most `limit` records; resolves with how many. */
  prune(before: number, limit: number): Promise<number>;
}

/** What an address is found by, to be hashed. */
export function suppressionKey(channel: string, address: string): string {
  return `${channel}\n${address}`;
}

/** Whether a suppression holds. */
export function holdsAt({ until = Infinity, removedAt }: SuppressionRecord, now: number): boolean {
  return removedAt === undefined && until > now;
}

/** Whether a page shows this one; its address was looked for by its hash. */
export function isListed(record: SuppressionRecord, { channel, reason, ended = false }: SuppressionQuery, now: number): boolean {
  return (
    (channel === undefined || record.channel === channel) &&
    (reason === undefined || record.reason === reason) &&
    (ended || holdsAt(record, now))
  );
}
