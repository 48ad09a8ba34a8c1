import { type EndedDelivery } from '../model/ended-delivery.js';
import { type ClaimedMessage } from '../model/message.js';
import { type NotificationStore } from './notification-store.js';
import { type StoreUnderTest } from './store-bench.conformance.js';

export const CHANNELS = ['email', 'slack'] as const;
export const ADDRESSES = ['ann@x', 'bob@x'] as const;
/** Ids of every store: what stands behind the tag is a number that a store may choose. */
const ID = /\b([dmn])-[0-9a-z]{6}-[0-9a-z]+/g;

/** A message with the claim that holds it. */
export interface HeldMessage extends ClaimedMessage {
  readonly token: string;
}

/** One store in a run, and what its caller knows. */
export interface Side {
  store: NotificationStore;
  underTest: StoreUnderTest;
  /** A second handle on the same store, where it is shared: calls go to either. */
  other?: StoreUnderTest;
  /** Of each store, how to stop listening. */
  readonly listening: Map<NotificationStore, () => void>;
  /** Its ids, in the order in which they were first seen. */
  readonly seen: Map<string, string>;
  /** Public ids in the order of acceptance. */
  readonly deliveries: string[];
  held: HeldMessage[];
  /** Messages that a worker lost, with the claims that held them. */
  lost: HeldMessage[];
  /** The entries of each message at its first attempt. */
  readonly frozen: Map<string, readonly string[]>;
  /** Messages that were ever claimed. */
  readonly claimed: Set<string>;
  /** What the store told since it was last looked at. */
  readonly ended: EndedDelivery[];
}

/** Collects what the store of a side tells of ends; to be called again for another store. */
export function listen(side: Side): void {
  side.listening.get(side.store)?.();
  const stop = side.store.onEnded({ wants: () => true, ended: (deliveries) => void side.ended.push(...deliveries) });
  side.listening.set(side.store, stop);
}

/** The next calls go to the other handle. */
export function switchHandle(side: Side): void {
  const { underTest, store, other } = side;
  if (other === undefined) return;
  side.other = { ...underTest, store };
  side.underTest = other;
  side.store = other.store;
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
    sequence: await sequenceOf(store),
    addresses: await Promise.all(ADDRESSES.map((address) => store.address('email', address))),
  };
}

/** The pages of the channel and of each address, and what they name. */
async function sequenceOf(store: NotificationStore): Promise<unknown> {
  const whole = { channel: 'email', after: 0, limit: 500 };
  const all = await store.sequenced(whole);
  const middle = all.messages[Math.floor(all.messages.length / 2)]?.sequence ?? 0;
  return {
    all,
    pages: await Promise.all(
      ADDRESSES.map((address) => store.sequenced({ ...whole, addresses: [address], after: middle, limit: 3 })),
    ),
    messages: (await store.deliveredMessages(all.messages.map(({ messageId }) => messageId))).toSorted(
      (a, b) => a.openedAt - b.openedAt || (a.messageId < b.messageId ? -1 : 1),
    ),
  };
}

/** Without tokens, and with every id named by when it was first seen: stores that do the same see the same in the same order. */
export function comparable({ seen }: Side, answer: unknown): unknown {
  const named = (id: string, kind: string): string => {
    const name = seen.get(id) ?? `${kind}-${seen.size}`;
    seen.set(id, name);
    return name;
  };
  return JSON.parse(
    JSON.stringify(answer ?? null, (key, value: unknown) => (key === 'token' ? undefined : value)).replaceAll(ID, named),
  );
}
