import { windowKey } from '../../model/decisions/window-key.js';
import { endOfEntries } from './close.js';
import { addressRange, hashOf } from './keys.js';
import { type Message, type OpenWindow } from './message.js';
import { joinWindow } from './window-entries.js';
import { type Work } from './work.js';

/** Takes into the window of a burst, before its first entry, what went out at once and is still queued. */
export async function gatherQueued(work: Work, window: OpenWindow, now: number): Promise<void> {
  const { policy, address, key } = window;
  const messages = await unattemptedOf(work, window);
  await work.deliveries.loadOf(messages);
  const passed = messages.filter((message) =>
    work.deliveries.liveOf(message).every(({ content }) => hashOf(windowKey(content, address, policy)) === key),
  );
  const entries = passed.flatMap((from) => work.deliveries.liveOf(from).map((delivery) => ({ delivery, from })));
  for (const { delivery, from } of entries) work.leave(from, delivery);
  for (const { delivery } of entries.sort((a, b) => a.delivery.id - b.delivery.id)) {
    delivery.message = window.id;
    work.deliveries.touch(delivery);
    work.deliveries.append(window, delivery);
    if (delivery.content.expiresAt !== undefined) window.expires = true;
    await joinWindow(work, window, delivery, now);
  }
  for (const message of passed) {
    endOfEntries(work, message);
    message.updatedAt = now;
  }
}

/** Messages of a window's address and policy that are queued and were never attempted. */
async function unattemptedOf(work: Work, { channel, address, policy }: OpenWindow): Promise<readonly Message[]> {
  const [min, max] = addressRange(address, 'p');
  const ids = await work.messages.inSet(`at:${channel}`, { by: 'lex', min, max });
  const wanted = JSON.stringify(policy);
  return (await work.messages.load(ids)).filter(
    (message) =>
      message.state === 'queued' &&
      message.attempts === 0 &&
      message.errors === undefined &&
      JSON.stringify(message.policy) === wanted,
  );
}
