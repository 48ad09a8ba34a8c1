import { type ForgetReport, type Slice, type Sliced } from '../notification-store.js';
import { sliceCursor, sliceRange } from '../slice-cursor.js';
import { type Message } from './message.js';
import { dropMessage } from './prune.js';
import { type RowReader } from './read-rows.js';
import { MOST_CHANGED } from './window-slice.js';
import { type Work } from './work.js';

/** Begins the cursors of the second phase: behind it stands the time and the last key that was looked at. */
const ANSWERS = 'answers:';
const NOTHING = { cancelled: 0, erased: 0, sending: 0 };

/** Erases what is stored of an address: see the port. First its messages, then the first answers to idempotency keys. */
export async function forget(
  work: Work,
  reader: RowReader,
  channel: string,
  address: string,
  slice: Slice,
): Promise<Sliced<ForgetReport>> {
  const { cursor } = slice;
  const limit = Math.min(slice.limit, MOST_CHANGED);
  if (cursor?.startsWith(ANSWERS) === true) {
    return forgetAnswers(work, reader, address, Number(cursor.slice(ANSWERS.length)), limit);
  }
  const report = await forgetMessages(work, reader, channel, address, { ...slice, limit });
  return report.next === undefined ? { ...report, next: `${ANSWERS}0` } : report;
}

/** On any channel: an answer does not say which, and loses nothing that its caller did not say. */
async function forgetAnswers(
  { answers }: Work,
  reader: RowReader,
  address: string,
  offset: number,
  limit: number,
): Promise<Sliced<ForgetReport>> {
  const [found] = await reader.read([['ZRANGE', 'idt', offset, offset + limit - 1]]);
  const hashes = found as readonly string[];
  await answers.load(hashes);
  for (const hash of hashes) {
    const answer = answers.get(hash);
    if (answer?.deliveries.some(([, to]) => to === address) !== true) continue;
    const deliveries = answer.deliveries.map(([id, to, ...rest]) => [id, to === address ? '' : to, ...rest] as const);
    answers.set(hash, { ...answer, deliveries });
  }
  return hashes.length < limit ? NOTHING : { ...NOTHING, next: `${ANSWERS}${offset + limit}` };
}

/** What is over goes first, and needs no cursor: it is gone then. The cursor is the last message that was pending. */
async function forgetMessages(
  work: Work,
  reader: RowReader,
  channel: string,
  address: string,
  { limit, now, cursor }: Slice,
): Promise<Sliced<ForgetReport>> {
  const { after, until } = sliceRange(cursor, await reader.newest('m'));
  const over = await reader.ofAddress(channel, address, 'f', { until, limit });
  const pending = await reader.ofAddress(channel, address, 'p', { after, until, limit: limit + 1 });
  const ids = [...over, ...pending];
  const messages = await work.messages.load(ids);
  let [cancelled, erased, sending, rows, last, handled] = [0, 0, 0, 0, after, 0];
  for (const message of messages) {
    // A message takes as many steps as it has deliveries.
    if (rows >= limit) break;
    handled++;
    rows += Math.max(1, message.total);
    if (message.state === 'gathering' || message.state === 'queued' || message.state === 'sending') last = message.id;
    if (message.state === 'sending') {
      sending += message.count;
      continue;
    }
    erased += message.total;
    if (message.state === 'gathering' || message.state === 'queued') cancelled += await cancelPending(work, message, now);
    else await dropMessage(work, message);
  }
  const isDone = handled === messages.length && over.length < limit && pending.length <= limit;
  return { cancelled, erased, sending, ...(isDone ? {} : { next: sliceCursor(last, until) }) };
}

/** Ends what is live of a message, which keeps neither address nor content then. Returns how many deliveries that were. */
async function cancelPending(work: Work, message: Message, now: number): Promise<number> {
  await work.deliveries.loadOf([message]);
  const live = work.deliveries.liveOf(message);
  for (const delivery of live) work.endAlone(message, delivery, 'cancelled', 'recipient_gone', now);
  message.address = '';
  const last = message.errors?.at(-1);
  // Why it failed says nothing of anybody; what the receiver said may.
  if (last !== undefined) message.errors = [{ ...last, message: '' }];
  delete message.progress;
  delete message.answer;
  delete message.like;
  for (const delivery of work.deliveries.of(message)) {
    work.deliveries.removeKeys(delivery);
    const { type, channel } = delivery.content;
    work.deliveries.unshare(delivery);
    delete delivery.recipient;
    delivery.content = { type, channel, title: '', priority: 'normal' };
    work.deliveries.touch(delivery);
  }
  return live.length;
}
