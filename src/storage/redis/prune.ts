import { type PruneReport, type PruneRequest } from '../notification-store.js';
import { type Delivery, type Message } from './message.js';
import { countsOf } from './places.js';
import { type RowReader } from './read-rows.js';
import { MOST_CHANGED } from './window-slice.js';
import { dueOfDelivery, type Work } from './work.js';

/** Drops what is old enough; the counts of deliveries stay. A message counts as a row, and so does each of its deliveries. */
export async function prune(work: Work, reader: RowReader, request: PruneRequest): Promise<PruneReport> {
  const { finishedBefore, keysBefore, historyBefore } = request;
  const limit = Math.min(request.limit, MOST_CHANGED);
  let left = limit;
  let [deliveries, messages] = [0, 0];
  const ids = await reader.inSet('fin', { by: 'score', min: '-inf', max: `(${finishedBefore}`, limit });
  for (const message of await work.messages.load(ids.toSorted((a, b) => a - b))) {
    if (left <= 0) break;
    if (message.updatedAt >= finishedBefore) continue;
    await notePruned(work, message);
    await work.deliveries.loadOf([message]);
    const own = work.deliveries.of(message);
    const dropped = own.slice(-left);
    deliveries += dropped.length;
    left -= dropped.length;
    if (left <= 0) {
      dropSome(work, message, dropped);
      break;
    }
    await dropMessage(work, message);
    messages++;
    left--;
  }
  if (left > 0) left -= await pruneKeys(work, reader, keysBefore, left);
  if (left > 0) left -= await pruneHistory(work, reader, historyBefore, left);
  return { deliveries, messages, more: left <= 0 };
}

/** A message that is over goes away with its deliveries. */
export async function dropMessage(work: Work, message: Message): Promise<void> {
  await notePruned(work, message);
  await work.deliveries.loadOf([message]);
  for (const delivery of work.deliveries.of(message)) dropDelivery(work, delivery);
  if (message.ids === undefined) work.deliveries.keepOnly(message, []);
  work.messages.delete(message);
}

/** A part of its deliveries goes away; they stay counted. */
function dropSome(work: Work, message: Message, dropped: readonly Delivery[]): void {
  const gone = new Set(dropped.map(({ id }) => id));
  const kept = work.deliveries.of(message).filter(({ id }) => !gone.has(id));
  work.deliveries.keepOnly(
    message,
    kept.map(({ id }) => id),
  );
  const before = countsOf(message);
  for (const delivery of dropped) {
    if (delivery.ended === undefined) work.leave(message, delivery);
    dropDelivery(work, delivery);
  }
  for (const [key, field, count] of before) work.messages.count(key, field, count);
  for (const [key, field, count] of countsOf(message)) work.messages.count(key, field, -count);
}

function dropDelivery(work: Work, delivery: Delivery): void {
  work.deliveries.drop(delivery);
  if (delivery.content.expiresAt !== undefined) work.tx.write('ZREM', 'due', dueOfDelivery(delivery.id));
}

/** Who reads the sequence of its channel is told that it may miss this one. */
async function notePruned({ tx }: Work, { sequence, channel }: Message): Promise<void> {
  if (sequence === undefined) return;
  const [last = sequence, pruned = 0] = ((await tx.get('sq', channel)) ?? `${sequence} 0`).split(' ').map(Number);
  tx.put('sq', channel, `${last} ${Math.max(pruned, sequence)}`);
}

async function pruneKeys(work: Work, reader: RowReader, before: number, limit: number): Promise<number> {
  const [found] = await reader.read([['ZRANGE', 'idt', '-inf', `(${before}`, 'BYSCORE', 'LIMIT', 0, limit]]);
  const hashes = found as readonly string[];
  await work.answers.load(hashes);
  for (const hash of hashes) if ((work.answers.get(hash)?.at ?? 0) < before) work.answers.forget(hash);
  return hashes.length;
}

async function pruneHistory({ tx }: Work, reader: RowReader, before: number, limit: number): Promise<number> {
  const [found] = await reader.read([['ZRANGE', 'ha', '-inf', `(${before}`, 'BYSCORE', 'LIMIT', 0, limit]]);
  const rows = found as readonly string[];
  if (rows.length > 0) {
    tx.write('ZREM', 'ha', ...rows);
    tx.write('HDEL', 'hv', ...rows);
  }
  return rows.length;
}
