import { type SuppressionReason } from '../../model/suppression.js';
import { type Page } from '../store-queries.js';
import { cursorNumber, pageLimit } from '../page.js';
import { textHash } from '../text-hash.js';
import {
  holdsAt,
  isListed,
  type NewSuppression,
  suppressionKey,
  type SuppressionQuery,
  type SuppressionRecord,
  type SuppressionRemoval,
  type SuppressionStore,
} from '../suppression-store.js';

export interface KeptSuppression {
  readonly number: number;
  readonly hash: string;
  readonly record: SuppressionRecord;
}

/** Suppressed addresses as a list. */
export class MemorySuppressions implements SuppressionStore {
  /** Oldest first. */
  kept: readonly KeptSuppression[] = [];
  newest = 0;

  add(suppression: NewSuppression): Promise<void> {
    const hash = hashOf(suppression.channel, suppression.address);
    this.kept = [
      ...this.kept.filter((kept) => !(kept.hash === hash && kept.record.reason === suppression.reason && !isRemoved(kept))),
      { number: ++this.newest, hash, record: { ...suppression } },
    ];
    return Promise.resolve();
  }

  remove({ channel, address, reason, note }: SuppressionRemoval, now: number): Promise<number> {
    const hash = hashOf(channel, address);
    let removed = 0;
    this.kept = this.kept.map((kept) => {
      const { record } = kept;
      if (kept.hash !== hash || !holdsAt(record, now) || (reason ?? record.reason) !== record.reason) return kept;
      removed++;
      return { ...kept, record: { ...record, removedAt: now, removedNote: note } };
    });
    return Promise.resolve(removed);
  }

  async page(query: SuppressionQuery, now: number): Promise<Page<SuppressionRecord>> {
    const before = cursorNumber(query.cursor) ?? Infinity;
    const { address, channel } = query;
    const found = this.kept
      .filter(({ number }) => number < before)
      .filter(({ hash, record }) => address === undefined || hash === hashOf(channel ?? record.channel, address))
      .filter(({ record }) => isListed(record, query, now))
      .toReversed();
    const items = found.slice(0, pageLimit(query.limit));
    const last = items.at(-1);
    return await Promise.resolve({
      items: items.map(({ record }) => record),
      ...(last !== undefined && items.length < found.length ? { next: String(last.number) } : {}),
    });
  }

  reasonsOf(channel: string, addresses: readonly string[], now: number): Promise<ReadonlyMap<string, SuppressionReason[]>> {
    const found = addresses.map((address) => [address, this.reasons(channel, address, now)] as const);
    return Promise.resolve(new Map(found.filter(([, reasons]) => reasons.length > 0)));
  }

  forget(channel: string, address: string): Promise<number> {
    const hash = hashOf(channel, address);
    let erased = 0;
    this.kept = this.kept.map((kept) => {
      if (kept.hash !== hash || kept.record.address === '') return kept;
      erased++;
      const { note: _, removedNote, ...rest } = kept.record;
      return { ...kept, record: { ...rest, address: '', ...(removedNote === undefined ? {} : { removedNote: '' }) } };
    });
    return Promise.resolve(erased);
  }

  prune(before: number, limit: number): Promise<number> {
    const ended = this.kept.filter(({ record }) => Math.min(record.until ?? Infinity, record.removedAt ?? Infinity) < before);
    const dropped = new Set(ended.slice(0, limit));
    this.kept = this.kept.filter((kept) => !dropped.has(kept));
    return Promise.resolve(dropped.size);
  }

  /** Why an address is suppressed now. */
  reasons(channel: string, address: string, now: number): SuppressionReason[] {
    const hash = hashOf(channel, address);
    return this.kept.filter((kept) => kept.hash === hash && holdsAt(kept.record, now)).map(({ record }) => record.reason);
  }
}

function isRemoved({ record }: KeptSuppression): boolean {
  return record.removedAt !== undefined;
}

function hashOf(channel: string, address: string): string {
  return textHash(suppressionKey(channel, address));
}
