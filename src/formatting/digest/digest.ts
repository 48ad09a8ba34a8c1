import { type DigestOrder } from '../../config/content-options.js';
import { type ClaimedMessage, type MessageEntry } from '../../model/message.js';
import { type Actor, type JsonObject, type NotificationPriority, PRIORITIES } from '../../model/notification.js';
import { type RenderKeep } from '../../model/window.js';
import { type TypeCount, type Words, wordsFor } from '../words/words.js';

/** Entries that a digest shows when its rule does not say. */
export const DEFAULT_RENDER: { readonly limit: number; readonly keep: RenderKeep } = { limit: 50, keep: 'priority' };

/** What several deliveries of exactly the same content look like: one entry, and how often. */
export interface DigestEntry {
  readonly type: string;
  readonly title: string;
  readonly body?: string;
  readonly actor?: Actor;
  readonly data?: JsonObject;
  readonly priority: NotificationPriority;
  /** When the first and the last of them was accepted, epoch ms. */
  readonly firstAt: number;
  readonly lastAt: number;
  /** Deliveries it stands for, ≥ 1. */
  readonly repeats: number;
}

/** A message as every channel's formatter shows it. */
export interface Digest {
  /** Every delivery, repeats and hidden ones included; the sum of the shown entries' `repeats` and of `hidden`. */
  readonly count: number;
  /** What is shown, in the order of the option `digest.order`. */
  readonly entries: readonly DigestEntry[];
  /** Deliveries that are not shown. */
  readonly hidden: number;
  /** All deliveries by type, the most frequent first, then by name. */
  readonly types: readonly TypeCount[];
  /** "Ann, Bob and 3 others", in the reader's language; undefined when no delivery has an actor. */
  readonly actors?: string;
  /** When the first and the last was accepted, epoch ms. */
  readonly firstAt: number;
  readonly lastAt: number;
}

/** The view of a message: collapses repeats, orders, and leaves out what is past the limit of its rule. Pure. */
export function digestOf(message: ClaimedMessage, words: Words = wordsFor(), order: DigestOrder = 'priority'): Digest {
  const { limit, keep } = message.policy?.render ?? DEFAULT_RENDER;
  const all = collapse(message.entries);
  const entries = kept(all, limit, keep).toSorted(order === 'time' ? byTime : byPriorityThenTime);
  const count = message.entries.length;
  const actors = words.actors(message.entries.map((entry) => entry.content.actor));
  return {
    count,
    entries,
    hidden: entries.reduce((rest, entry) => rest - entry.repeats, count),
    types: countTypes(message.entries),
    ...(actors === undefined ? {} : { actors }),
    firstAt: all.reduce((earliest, entry) => Math.min(earliest, entry.firstAt), Infinity),
    lastAt: all.reduce((latest, entry) => Math.max(latest, entry.lastAt), -Infinity),
  };
}

function collapse(entries: readonly MessageEntry[]): readonly DigestEntry[] {
  const collapsed = new Map<string, DigestEntry>();
  for (const { content, acceptedAt } of entries) {
    const { type, title, body, actor, data, priority } = content;
    const key = entries.length === 1 ? '' : JSON.stringify([type, title, body, actor?.id, actor?.name, data, priority]);
    const seen = collapsed.get(key);
    collapsed.set(key, {
      type,
      title,
      ...(body === undefined ? {} : { body }),
      ...(actor === undefined ? {} : { actor }),
      ...(data === undefined ? {} : { data }),
      priority,
      firstAt: Math.min(seen?.firstAt ?? acceptedAt, acceptedAt),
      lastAt: Math.max(seen?.lastAt ?? acceptedAt, acceptedAt),
      repeats: (seen?.repeats ?? 0) + 1,
    });
  }
  return [...collapsed.values()];
}

function kept(entries: readonly DigestEntry[], limit: number, keep: RenderKeep): readonly DigestEntry[] {
  switch (keep) {
    case 'first':
      return entries.toSorted((a, b) => a.firstAt - b.firstAt).slice(0, limit);
    case 'last':
      return entries.toSorted((a, b) => b.lastAt - a.lastAt).slice(0, limit);
    case 'priority':
      return entries.toSorted(byPriorityThenTime).slice(0, limit);
  }
}

function byPriorityThenTime(a: DigestEntry, b: DigestEntry): number {
  return PRIORITIES.indexOf(a.priority) - PRIORITIES.indexOf(b.priority) || a.firstAt - b.firstAt;
}

function byTime(a: DigestEntry, b: DigestEntry): number {
  return a.firstAt - b.firstAt;
}

function countTypes(entries: readonly MessageEntry[]): Digest['types'] {
  const counts = new Map<string, number>();
  for (const { content } of entries) counts.set(content.type, (counts.get(content.type) ?? 0) + 1);
  return [...counts]
    .map(([type, count]) => ({ type, count }))
    .toSorted((a, b) => b.count - a.count || (a.type < b.type ? -1 : 1));
}
