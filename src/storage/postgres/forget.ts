import { type ForgetReport, type Slice, type Sliced } from '../notification-store.js';
import { sliceCursor, sliceRange } from '../slice-cursor.js';
import { type AnsweredDelivery } from './answered-delivery.js';
import { deleteMessages } from './prune.js';
import { releaseDeliveries } from './shared-content.js';
import { errorsOf, parsed } from '../stored-json.js';
import { endAlone } from './end-alone.js';
import { type Message, MESSAGE_STATE, type OpenWindow } from './rows.js';
import { leaveWindow } from './window-entries.js';
import { type Work } from './work.js';

/** Begins the cursors of the second phase: behind it stands the last key that was looked at. */
const ANSWERS = 'answers:';
const NO_KEY = '00000000-0000-0000-0000-000000000000';

/** Erases what is stored of an address: see the port. First its messages, then the first answers to idempotency keys. */
export async function forget(work: Work, channel: string, address: string, slice: Slice): Promise<Sliced<ForgetReport>> {
  const { cursor, limit } = slice;
  if (cursor?.startsWith(ANSWERS) === true) return forgetAnswers(work, address, cursor.slice(ANSWERS.length), limit);
  const report = await forgetMessages(work, channel, address, slice);
  return report.next === undefined ? { ...report, next: ANSWERS + NO_KEY } : report;
}

/** On any channel: an answer does not say which, and loses nothing that its caller did not say. */
async function forgetAnswers({ queries }: Work, address: string, after: string, limit: number): Promise<Sliced<ForgetReport>> {
  const rows = await queries.query<{ readonly hash: string; readonly answer: string | null }>(
    `SELECT hash, CASE WHEN position($3 IN answer) > 0 THEN answer END AS answer FROM idempotency
     WHERE hash > $1::uuid ORDER BY hash LIMIT $2::integer`,
    [after, limit, JSON.stringify(address)],
  );
  for (const { hash, answer } of rows) {
    if (answer === null) continue;
    const answered = (parsed(answer) ?? []) as readonly AnsweredDelivery[];
    const deliveries = answered.map(([id, to, ...rest]): AnsweredDelivery => [id, to === address ? '' : to, ...rest]);
    const text = 'UPDATE idempotency SET answer = $3 WHERE hash = $1::uuid AND answer = $2';
    await queries.run(text, [hash, answer, JSON.stringify(deliveries)]);
  }
  const last = rows.at(-1);
  const nothing = { cancelled: 0, erased: 0, sending: 0 };
  return last === undefined || rows.length < limit ? nothing : { ...nothing, next: ANSWERS + last.hash };
}

/** The cursor is the last message looked at. */
async function forgetMessages(work: Work, channel: string, address: string, slice: Slice): Promise<Sliced<ForgetReport>> {
  const { limit, now, cursor } = slice;
  const { queries } = work;
  const { after, until } = sliceRange(cursor, await newest(work, channel, address));
  const found = await queries.query<{ readonly id: number }>(
    `SELECT id FROM (SELECT id FROM message WHERE address = $1 AND channel = $2 UNION ALL
       SELECT message FROM open_window WHERE address = $1 AND channel = $2) AS m
     WHERE id > $3::bigint AND id <= $4::bigint ORDER BY id LIMIT $5::integer`,
    [address, channel, after, until, limit + 1],
  );
  const ids = found.slice(0, limit).map(({ id }) => id);
  await work.windows.lockIds(ids);
  await work.queue.hold(ids);
  await work.messages.load(ids);
  let [cancelled, sending] = [0, 0];
  const redacted: number[] = [];
  const deleted: number[] = [];
  let [rows, last] = [0, 0];
  for (const id of ids) {
    // A message takes as many steps as it has deliveries.
    if (rows >= limit) break;
    last = id;
    const window = work.windows.byMessage(id);
    const message = work.messages.get(id);
    rows += Math.max(1, (window ?? message)?.count ?? 0);
    if (window !== undefined) {
      cancelled += await cancelWindow(work, window, now);
      redacted.push(id);
    } else if (message?.state === MESSAGE_STATE.queued) {
      if (work.queue.isHeld(id)) {
        cancelled += await cancelMessage(work, message, now);
        redacted.push(id);
      } else {
        sending += message.count;
      }
    } else if (message !== undefined) {
      deleted.push(id);
    }
  }
  const erased = (await redact(work, redacted)) + (await deleteMessages(queries, deleted, Infinity)).deliveries;
  const isDone = last === (ids.at(-1) ?? 0) && found.length <= limit;
  const next = isDone ? {} : { next: sliceCursor(last, until) };
  return { cancelled, erased, sending, ...next };
}

async function cancelWindow(work: Work, window: OpenWindow, now: number): Promise<number> {
  const live = (await work.liveOf([window])).get(window.id) ?? [];
  for (const entry of live) leaveWindow(work, window, entry, 'cancelled', now, 'recipient_gone');
  return live.length;
}

async function cancelMessage(work: Work, message: Message, now: number): Promise<number> {
  const live = (await work.liveOf([message])).get(message.id) ?? [];
  for (const entry of live) {
    if (endAlone(work, message, entry, 'cancelled', 'recipient_gone', now)) work.dequeue(message);
  }
  return live.length;
}

/** Messages that ended keep neither address nor content; returns how many deliveries they have. */
async function redact(work: Work, ids: readonly number[]): Promise<number> {
  const { queries } = work;
  for (const id of ids) {
    const message = work.messages.get(id);
    if (message === undefined) continue;
    message.address = '';
    // Why it failed says nothing of anybody; what the receiver said may.
    const last = errorsOf(message.errors).at(-1);
    message.errors = last === undefined ? null : JSON.stringify([{ ...last, message: '' }]);
    message.progress = null;
    message.answer = null;
    work.messages.touch(message);
  }
  await work.writeRows();
  const rows = await queries.query<{ readonly id: number; readonly content: number | null }>(
    `UPDATE delivery d SET content = NULL, group_key = NULL, dedupe = NULL, recipient = NULL, json = json_build_object('type', coalesce(stored_text(u.json, 'type'), u.type), 'channel', u.channel,
       'title', '', 'priority', 'normal')::text
     FROM (SELECT o.id, o.content, coalesce(o.json, c.json) AS json, m.type, m.channel
       FROM delivery o JOIN message m ON m.id = o.message LEFT JOIN content c ON c.id = o.content
       WHERE o.message = ANY($1::bigint[]) ORDER BY o.id FOR UPDATE OF o) AS u
     WHERE d.id = u.id RETURNING u.id, u.content`,
    [ids],
  );
  await releaseDeliveries(queries, rows);
  return rows.length;
}

async function newest({ queries }: Work, channel: string, address: string): Promise<number> {
  const [row] = await queries.query<{ readonly id: number | null }>(
    `SELECT greatest((SELECT max(id) FROM message WHERE address = $1 AND channel = $2),
       (SELECT max(message) FROM open_window WHERE address = $1 AND channel = $2)) AS id`,
    [address, channel],
  );
  return row?.id ?? 0;
}
