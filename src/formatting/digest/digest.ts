import { type DigestOrder } from '../../config/content-options.js';
import { type ClaimedMessage, type MessageEntry } from '../../model/message.js';
import { type Actor, type JsonObject, type NotificationPriority, PRIORITIES } from '../../model/notification.js';
import { type RenderKeep } from '../../model/window.js';
import { type TypeCount, type Translator, translatorFor } from '../translation/translator.js';
import { commonWords } from './common-words.js';
import { wordGroups } from './word-groups.js';

/** Entries that a digest shows when its rule does not say. */
const DEFAULT_RENDER: { readonly limit: number; readonly keep: RenderKeep } = { limit: 50, keep: 'priority' };

/** Longer ones are not read at a glance. */
const COMMON_CHARACTERS = 100;

/** What several deliveries of exactly the same content look like: one entry, and how often. */
export interface DigestEntry {
  /** Of the delivery. */
  readonly type: string;
  /** As the caller gave it; empty where there was none. */
  readonly title: string;
  /** As the caller gave it; plain text. */
  readonly body?: string;
  /** Who caused it. */
  readonly actor?: Actor;
  /** As the caller gave it; empty where there was none. */
  readonly data?: JsonObject;
  /** The most urgent of its repeats. */
  readonly priority: NotificationPriority;
  /** When the first and the last of them was accepted, epoch ms. */
  readonly firstAt: number;
  /** When the last of its repeats was accepted, epoch ms. */
  readonly lastAt: number;
  /** Deliveries it stands for, ≥ 1. */
  readonly repeats: number;
}

/** Entries that stand together. */
export interface DigestGroup {
  /** What their titles have in common, at most 100 characters: "Disk of web-3, db-12 is 91, 97 % full"; undefined when it is too little. */
  readonly common?: string;
  /** At least one, in the order of the digest. */
  readonly entries: readonly DigestEntry[];
}

/** A message as every channel's formatter shows it. */
export interface Digest {
  /** Every delivery, repeats and hidden ones included; the sum of the shown entries' `repeats` and of `hidden`. */
  readonly count: number;
  /** What is shown: the entries of the groups, one group after the other. */
  readonly entries: readonly DigestEntry[];
  /**
   * What is shown by what belongs together. By `priority` the most urgent entries come first, and of the same urgency those that are alike stand together,
   * the group with the oldest first; by `time` every entry is a group by itself.
   */
  readonly groups: readonly DigestGroup[];
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

/** The view of a message: collapses repeats, orders, puts together what is alike, and leaves out what is past the limit of its rule. Pure. */
export function digestOf(
  message: ClaimedMessage,
  translator: Translator = translatorFor(),
  order: DigestOrder = 'priority',
): Digest {
  const [first, ...others] = message.entries;
  return first !== undefined && others.length === 0 ? digestOfOne(first, translator) : digestOfMany(message, translator, order);
}

/** A single delivery: nothing is collapsed, ordered, grouped or hidden, whatever its rule says. */
function digestOfOne(delivery: MessageEntry, translator: Translator): Digest {
  const { acceptedAt, content } = delivery;
  const entry = entryOf(delivery);
  const actors = content.actor === undefined ? undefined : translator.actors([content.actor]);
  return {
    count: 1,
    entries: [entry],
    groups: [{ entries: [entry] }],
    hidden: 0,
    types: [{ type: content.type, count: 1 }],
    ...(actors === undefined ? {} : { actors }),
    firstAt: acceptedAt,
    lastAt: acceptedAt,
  };
}

function digestOfMany(message: ClaimedMessage, translator: Translator, order: DigestOrder): Digest {
  const { limit, keep } = message.policy?.render ?? DEFAULT_RENDER;
  const all = collapse(message.entries);
  const shown = kept(all, limit, keep);
  const groups = groupsOf(shown, message, translator, order);
  const entries = groups.flatMap((group) => group.entries);
  const count = message.entries.length;
  const actors = translator.actors(message.entries.map((entry) => entry.content.actor));
  return {
    count,
    entries,
    groups,
    hidden: entries.reduce((rest, entry) => rest - entry.repeats, count),
    types: countTypes(message.entries),
    ...(actors === undefined ? {} : { actors }),
    firstAt: all.reduce((earliest, { entry }) => Math.min(earliest, entry.firstAt), Infinity),
    lastAt: all.reduce((latest, { entry }) => Math.max(latest, entry.lastAt), -Infinity),
  };
}

function groupsOf(
  shown: readonly Placed[],
  message: ClaimedMessage,
  translator: Translator,
  order: DigestOrder,
): readonly DigestGroup[] {
  return order === 'time'
    ? shown.toSorted(byAcceptance).map((one) => groupOf([one], translator))
    : grouped(shown, message, translator);
}

/** An entry with the places of its first and last delivery: those of one millisecond have an order too. */
interface Placed {
  readonly entry: DigestEntry;
  readonly first: number;
  readonly last: number;
}

function collapse(entries: readonly MessageEntry[]): readonly Placed[] {
  const collapsed = new Map<string, Placed>();
  entries.forEach((delivery, place) => {
    const { type, title, body, actor, data, priority } = delivery.content;
    const key = JSON.stringify([type, title, body, actor?.id, actor?.name, data, priority]);
    const seen = collapsed.get(key);
    if (seen === undefined) collapsed.set(key, { entry: entryOf(delivery), first: place, last: place });
    else collapsed.set(key, { entry: repeated(seen.entry, delivery), first: seen.first, last: place });
  });
  return [...collapsed.values()];
}

function entryOf({ content: { type, title, body, actor, data, priority }, acceptedAt }: MessageEntry): DigestEntry {
  return {
    type,
    title,
    ...(body === undefined ? {} : { body }),
    ...(actor === undefined ? {} : { actor }),
    ...(data === undefined ? {} : { data }),
    priority,
    firstAt: acceptedAt,
    lastAt: acceptedAt,
    repeats: 1,
  };
}

function repeated(entry: DigestEntry, { acceptedAt }: MessageEntry): DigestEntry {
  const { firstAt, lastAt, repeats } = entry;
  return { ...entry, firstAt: Math.min(firstAt, acceptedAt), lastAt: Math.max(lastAt, acceptedAt), repeats: repeats + 1 };
}

function kept(all: readonly Placed[], limit: number, keep: RenderKeep): readonly Placed[] {
  switch (keep) {
    case 'first':
      return all.slice(0, limit);
    case 'last':
      return all.toSorted((a, b) => b.last - a.last).slice(0, limit);
    case 'priority':
      return all.toSorted(byPriority).slice(0, limit);
  }
}

/** Groups in the order of their first entry; only what is equally urgent stands together, so that nothing urgent stands behind what is not. */
function grouped(
  shown: readonly Placed[],
  { entries, groupNames }: ClaimedMessage,
  translator: Translator,
): readonly DigestGroup[] {
  const sorted = shown.toSorted(byPriority);
  const numbers = groupNames === undefined ? wordGroups(sorted.map(({ entry }) => withoutActor(entry))) : undefined;
  const groups = new Map<string, Placed[]>();
  sorted.forEach((one, index) => {
    const { type, priority } = entries[one.first]?.content ?? one.entry;
    const key = `${priority} ${numbers === undefined ? `name ${groupNames?.[one.first] ?? ''}` : `${type} ${numbers[index] ?? ''}`}`;
    const others = groups.get(key);
    if (others === undefined) groups.set(key, [one]);
    else others.push(one);
  });
  return [...groups.values()].map((group) => groupOf(group, translator));
}

/** Who caused it varies as a number does. */
function withoutActor({ title, actor }: DigestEntry): string {
  const name = actor?.name?.trim() ?? '';
  return name === '' ? title : title.replaceAll(name, '0');
}

function groupOf(group: readonly Placed[], translator: Translator): DigestGroup {
  const entries = group.map(({ entry }) => entry);
  const common = commonWords(
    entries.map(({ title }) => title),
    translator,
    COMMON_CHARACTERS,
  );
  return { ...(common === undefined || common === '' ? {} : { common }), entries };
}

function byPriority(a: Placed, b: Placed): number {
  return PRIORITIES.indexOf(a.entry.priority) - PRIORITIES.indexOf(b.entry.priority) || byAcceptance(a, b);
}

function byAcceptance(a: Placed, b: Placed): number {
  return a.first - b.first;
}

function countTypes(entries: readonly MessageEntry[]): Digest['types'] {
  const counts = new Map<string, number>();
  for (const { content } of entries) counts.set(content.type, (counts.get(content.type) ?? 0) + 1);
  return [...counts]
    .map(([type, count]) => ({ type, count }))
    .toSorted((a, b) => b.count - a.count || (a.type < b.type ? -1 : 1));
}
