import { type EndedDelivery } from '../model/ended-delivery.js';
import { type ClaimedMessage } from '../model/message.js';
import { type NotificationStore } from './notification-store.js';
import { type StoreUnderTest } from './store-bench.conformance.js';

export const CHANNELS = ['email', 'slack'] as const;
export const ADDRESSES = ['ann@x', 'bob@x'] as const;
/** Ids of every store but for its own tag. */
const TAG = /\b([dm])-[0-9a-z]{6}-/g;

/** A message with the claim that holds it. */
export interface HeldMessage extends ClaimedMessage {
  readonly token: string;
}

/** One store in a run, and what its caller knows. */
export interface Side {
  store: NotificationStore;
  readonly underTest: StoreUnderTest;
  /** Public ids in the order of acceptance. */
  readonly deliveries: string[];
  held: HeldMessage[];
  /** Messages that a worker lost, with the claims that held them. */
  lost: HeldMessage[];
  /** The entries of each message at its first try. */
  readonly frozen: Map<string, readonly string[]>;
  /** Messages that were ever claimed. */
  readonly claimed: Set<string>;
  /** What the store told since it was last looked at. */
  readonly ended: EndedDelivery[];
  stopListening?: () => void;
  /** Of the last one that was delivered. */
  sequence: number;
}

/** Collects what the store of a side tells of ends; to be called again for another store. */
export function listen(side: Side): void {
  side.stopListening?.();
  side.stopListening = side.store.onEnded({ wants: () => true, ended: (deliveries) => void side.ended.push(...deliveries) });
}

/** Everything that can be seen. What is no longer sent is no longer held. */
export async function view(side: Side): Promise<unknown> {
  const { store } = side;
  const { counts, ...rest } = await store.snapshot();
  const deliveries = await Promise.all(side.deliveries.map((id) => store.find(id)));
  const sending = new Set(deliveries.flatMap((found) => (found?.state === 'sending' ? [found.messageId] : [])));
  side.lost.push(...side.held.filter(({ messageId }) => !sending.has(messageId)));
  side.held = side.held.filter(({ messageId }) => sending.has(messageId));
  return {
    ...rest,
    counts: counts.map((row) => JSON.stringify(row)).toSorted(),
    readiness: (await store.readiness()).toSorted((a, b) => (a.channel < b.channel ? -1 : 1)),
    windows: await store.windows({ limit: 200 }),
    gathering: await store.gatheringAddresses('email'),
    dead: await store.dead({ limit: 200 }),
    replays: await store.replays(100),
    letters: await store.deadLetters({}, {}),
    listed: (await store.deliveries({ limit: 200 })).items,
    loads: await store.addresses('email', {}),
    deliveries,
    pages: await Promise.all(ADDRESSES.map((address) => store.deliveries({ address, limit: 200 }))),
    streams: await Promise.all(ADDRESSES.map((address) => store.stream('email', address, 0, 1_000))),
    addresses: await Promise.all(ADDRESSES.map((address) => store.address('email', address))),
  };
}

/** Without tokens, and without what tells one store's ids from another's. */
export function comparable(answer: unknown): unknown {
  return JSON.parse(
    JSON.stringify(answer ?? null, (key, value: unknown) => (key === 'token' ? undefined : value)).replaceAll(TAG, '$1-'),
  );
}
