import { type InstanceDescription, type InstanceRecord, SILENT_MS } from '../store-upkeep.js';
import { type Message } from './message.js';
import { type Read, type RowReader } from './read-rows.js';
import { mapOf } from './replay.js';
import { PROCESS_ENDED, requeueInterrupted } from './settle.js';
import { MOST_CHANGED } from './window-slice.js';
import { type Work } from './work.js';
import { type WorkQueue } from './work-queue.js';

/** As the cell of `inst` holds it: with the slots of its transactions. */
interface StoredInstance extends InstanceRecord {
  readonly slots: readonly string[];
}

/** Registers an instance, or says that it lives, and removes those that are silent for {@link SILENT_MS}. */
export async function beat(
  { tx }: Work,
  { name, version, channels }: InstanceDescription,
  slots: readonly string[],
  now: number,
  startsNow: boolean,
): Promise<void> {
  const [flat] = await tx.read([['HKEYS', 'inst']]);
  const names = flat as readonly string[];
  await tx.load([name, ...names].map((one) => ['inst', one]));
  const own = startsNow ? undefined : storedIn(tx.peek('inst', name));
  const record: StoredInstance = {
    name,
    version,
    channels,
    startedAt: own?.startedAt ?? now,
    seenAt: Math.max(own?.seenAt ?? now, now),
    slots,
  };
  tx.put('inst', name, JSON.stringify(record));
  for (const other of names) {
    const found = storedIn(tx.peek('inst', other));
    if (other === name || found === undefined || now - found.seenAt < SILENT_MS) continue;
    tx.put('inst', other, undefined);
    if (found.slots.length > 0) tx.write('HDEL', 'tx', ...found.slots);
  }
}

/** Takes an instance out of the registry. */
export async function leave({ tx }: Work, name: string): Promise<void> {
  await tx.load([['inst', name]]);
  tx.put('inst', name, undefined);
}

/** Those that live, in the order of their start. */
export async function liveInstances(read: Read, now: number): Promise<readonly InstanceRecord[]> {
  const [flat] = await read([['HGETALL', 'inst']]);
  const found = [...mapOf(flat as readonly string[]).values()].flatMap(
    (value) => storedIn(value.slice(value.indexOf('|') + 1)) ?? [],
  );
  return found
    .filter(({ seenAt }) => now - seenAt < SILENT_MS)
    .map(({ slots: _, ...record }) => record)
    .sort((a, b) => a.startedAt - b.startedAt || (a.name < b.name ? -1 : 1));
}

/**
 * Requeues what instances hold that do not live; the attempts count. Returns how many deliveries that are.
 *
 * @param starting the name of an instance that begins: what an earlier process of its name held is nobody's
 */
export async function requeueOrphans(queue: WorkQueue, reader: RowReader, now: number, starting?: string): Promise<number> {
  const held = await heldByNobody(reader, starting);
  let deliveries = 0;
  for (let at = 0; at < held.length; at += MOST_CHANGED) {
    const part = held.slice(at, at + MOST_CHANGED);
    deliveries += await queue.change('requeue what nobody sends', async (work) => requeueHeld(work, part, now, starting));
  }
  return deliveries;
}

interface Held {
  readonly id: number;
  readonly token: string;
  readonly holder: string;
}

/** Messages of claims whose instance is not registered, in the order of their ids. */
async function heldByNobody({ read }: RowReader, starting: string | undefined): Promise<readonly Held[]> {
  const [all, registered] = (await read([
    ['SMEMBERS', 'holders'],
    ['HKEYS', 'inst'],
  ])) as readonly [readonly string[], readonly string[]];
  const gone = all.filter((holder) => holder === starting || !registered.includes(holder));
  const tokens = (await read(gone.map((holder) => ['SMEMBERS', `held:${holder}`]))) as readonly (readonly string[])[];
  const claims = gone.flatMap((holder, index) => (tokens[index] ?? []).map((token) => ({ holder, token })));
  const ids = (await read(claims.map(({ token }) => ['SMEMBERS', `ct:${token}`]))) as readonly (readonly string[])[];
  return claims
    .flatMap(({ holder, token }, index) => (ids[index] ?? []).map((id) => ({ id: Number(id), token, holder })))
    .sort((a, b) => a.id - b.id);
}

/** An instance that registers meanwhile changes a cell that was read, and the transaction is made again. */
async function requeueHeld(work: Work, held: readonly Held[], now: number, starting: string | undefined): Promise<number> {
  const { tx, messages } = work;
  const holders = [...new Set(held.map(({ holder }) => holder))];
  await tx.load(holders.map((holder) => ['inst', holder]));
  const isGone = new Set(holders.filter((holder) => holder === starting || tx.peek('inst', holder) === undefined));
  await messages.load(held.map(({ id }) => id));
  let deliveries = 0;
  for (const { id, token, holder } of held) {
    const message: Message | undefined = messages.get(id);
    if (message?.state !== 'sending' || message.token !== token || !isGone.has(holder)) continue;
    deliveries += message.count;
    await requeueInterrupted(work, message, PROCESS_ENDED, now);
  }
  return deliveries;
}

function storedIn(json: string | undefined): StoredInstance | undefined {
  return json === undefined ? undefined : (JSON.parse(json) as StoredInstance);
}
