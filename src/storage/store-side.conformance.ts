import { type EndedDelivery } from '../model/ended-delivery.js';
import { type ClaimedMessage } from '../model/message.js';
import { type NotificationStore } from './notification-store.js';
import { type StoreUnderTest } from './store-bench.conformance.js';

export const CHANNELS = ['email', 'slack'] as const;
export const ADDRESSES = ['ann@x', 'bob@x'] as const;
/** Ids of every store but for its own tag. */
const TAG = /\b([dmn])-[0-9a-z]{6}-/g;

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

/** Without tokens, and without what tells one store's ids from another's. */
export function comparable(answer: unknown): unknown {
  return JSON.parse(
    JSON.stringify(answer ?? null, (key, value: unknown) => (key === 'token' ? undefined : value)).replaceAll(TAG, '$1-'),
  );
}
