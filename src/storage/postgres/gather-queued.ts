import { windowKey } from '../../model/decisions/window-key.js';
import { contentOf, typeOf } from './content.js';
import { type Message, MESSAGE_STATE, type OpenWindow } from './rows.js';
import { hashOf } from './hash.js';
import { joinWindow } from './window-entries.js';
import { type Work } from './work.js';

/** Takes into the window of a burst, before its first entry, what went out at once and is still queued. */
export async function gatherQueued(work: Work, window: OpenWindow, now: number): Promise<void> {
  const { policy, address } = window;
  const messages = await unattemptedOf(work, window);
  const live = await work.liveOf(messages);
  const passed = messages.filter(({ id }) =>
    (live.get(id) ?? []).every(({ json }) => hashOf(windowKey(contentOf(json), address, policy)) === window.key),
  );
  const entries = passed.flatMap((from) =>
    (live.get(from.id) ?? []).map((entry) => ({ entry, from, type: typeOf(entry.json, from) })),
  );
  for (const message of passed) {
    work.dequeue(message);
    endMessage(work, message, now);
  }
  for (const { entry, from, type } of entries.sort((a, b) => a.entry.id - b.entry.id)) {
    const { dedupe } = entry;
    const older = dedupe === null ? undefined : await work.dedupe.find(window, dedupe);
    work.deliveries.move(entry, window.id);
    work.counts.add(window.channel, type, from.route, 'queued', -1);
    joinWindow(work, window, entry, type, older, now);
  }
}

/** Messages of a window's address and policy that are queued and were never attempted, held by this transaction. */
async function unattemptedOf(work: Work, { channel, address, policy }: OpenWindow): Promise<readonly Message[]> {
  await work.writeRows();
  const rows = await work.queries.query<{ readonly id: number }>(
    'SELECT id FROM message WHERE address = $1 AND channel = $2 AND state = $3 AND attempts = 0 AND errors IS NULL AND policy = $4::bigint ORDER BY id',
    [address, channel, MESSAGE_STATE.queued, work.context.policies.numberOf(policy)],
  );
  const ids = rows.map(({ id }) => id);
  await work.queue.hold(ids);
  const held = ids.filter((id) => work.queue.isHeld(id));
  await work.messages.load(held);
  return held.flatMap((id) => work.messages.get(id) ?? []);
}

/** Its entries go on in other messages. */
export function endMessage(work: Work, message: Message, now: number): void {
  message.state = MESSAGE_STATE.ended;
  message.updatedAt = now;
  message.count = 0;
  message.types.clear();
  work.messages.touch(message);
}
