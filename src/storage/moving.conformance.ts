import { expect } from '@jest/globals';
import { moveStore } from './moving/move-store.js';
import { type NotificationStore, type StoreTransfer } from './notification-store.js';
import { type OpenStore, type StoreUnderTest } from './store-bench.conformance.js';

const ALL = { limit: 200 };
const LATE = 10_000_000_000_000;

/** Everything that can be read of a store, as it says it itself, but for what its instances do not share. */
export async function storeView(store: NotificationStore): Promise<Readonly<Record<string, unknown>>> {
  const { counts, ...rest } = await store.snapshot();
  const deliveries = (await store.deliveries(ALL)).items;
  const channels = [...new Set(counts.map(({ channel }) => channel))].toSorted();
  const addresses = [...new Set(deliveries.map(({ to }) => to))].toSorted();
  const messages = [...new Set(deliveries.map(({ messageId }) => messageId))].toSorted();
  return {
    ...rest,
    counts: counts.map((row) => JSON.stringify([row.channel, row.type, row.route, row.state, row.count])).toSorted(),
    deliveries,
    windows: await store.windows(ALL),
    previews: await Promise.all(messages.map((id) => store.preview(id))),
    messages: await Promise.all(messages.map((id) => store.message(id))),
    dead: await store.dead({ ...ALL, dismissed: true }),
    letters: await store.deadLetters({}, {}),
    dismissed: await store.dismissed(100),
    replays: await store.replays(100),
    sequences: await Promise.all(channels.map((channel) => sequenceView(store, channel))),
    loads: await Promise.all(channels.map((channel) => store.addresses(channel, {}))),
    addresses: await Promise.all(channels.flatMap((channel) => addresses.map((address) => store.address(channel, address)))),
    attachments: await Promise.all(deliveries.map(async ({ id }) => (await store.attachments(id)).map((bytes) => [...bytes]))),
    history: await store.history(0, LATE),
    mailbox: await store.mailbox.page(ALL),
    suppressions: await store.suppressions.page({ ...ALL, ended: true }, 0),
  };
}

async function sequenceView(store: NotificationStore, channel: string): Promise<unknown> {
  const page = await store.sequenced({ channel, after: 0, limit: 500 });
  return { page, messages: await store.deliveredMessages(page.messages.map(({ messageId }) => messageId)) };
}

/** @throws when the store cannot be moved */
export function transferOf({ transfer }: NotificationStore): StoreTransfer {
  if (transfer === undefined) throw new Error('a store that cannot be moved');
  return transfer;
}

/** A name for a move in a test. */
let moves = 0;
export function newMove(): string {
  return `move-${++moves}`;
}

/**
 * A store that is moved into the next kind of store whenever it is opened again; everything that can be read of it is the same before and after.
 *
 * @param opens kinds of stores, the first one to begin with
 */
export async function movingUnderTest(opens: readonly OpenStore[]): Promise<StoreUnderTest> {
  const used: StoreUnderTest[] = [];
  const next = async (): Promise<StoreUnderTest> => {
    const open = opens[used.length % opens.length];
    if (open === undefined) throw new Error('no kind of store');
    const one = await open();
    used.push(one);
    return one;
  };
  let current = await next();
  return {
    store: current.store,
    // As the present kind of store has it, or not.
    get failAfter() {
      return current.failAfter;
    },
    reopen: async (how, now) => {
      const source = await current.reopen(how, now);
      const before = await storeView(source);
      await source.close();
      const target = await next();
      await target.store.close();
      await moveStore(transferOf(source), transferOf(target.store), { now, newId: newMove, pageRows: 7 });
      const moved = await target.reopen('restart', now);
      expect(await storeView(moved)).toEqual(before);
      current = target;
      return moved;
    },
    discard: async () => {
      for (const one of used) await one.discard();
    },
  };
}
