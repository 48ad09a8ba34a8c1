import { addressToClose } from '../../model/decisions/address-limit.js';
import { mayCloseEarly } from '../../model/decisions/closing.js';
import { type AcceptTally } from '../notification-store.js';
import { PRIORITY_NUMBER } from '../persisted.js';
import { closeWindow } from './close.js';
import { type Arrival } from './arrival.js';
import { type Work } from './work.js';

/** Closes what gathers in order for an address, and puts it on the same lane, before it: a reader gets it first. */
export async function sendAhead(work: Work, { content, address, now }: Arrival, tally: AcceptTally): Promise<void> {
  await work.writeRows();
  const text = 'SELECT message AS id FROM open_window WHERE channel = $1 AND address = $2 AND ordered ORDER BY message';
  const rows = await work.queries.query<{ readonly id: number }>(text, [content.channel, address]);
  const ids = rows.map(({ id }) => id);
  await work.windows.lockIds(ids, true);
  for (const id of ids) {
    const window = work.windows.byMessage(id);
    if (window?.policy.ordered !== true || !mayCloseEarly(window, now)) continue;
    tally.closed.push(await closeWindow(work, window, 'flush', now, { leastRank: PRIORITY_NUMBER[content.priority] }));
  }
}

/** Closes the windows of the least recently active address when a channel has too many. */
export async function keepToLimit(
  work: Work,
  channel: string,
  maxAddresses: number,
  now: number,
  tally: AcceptTally,
): Promise<void> {
  if (!work.gathering.isKnown(channel)) {
    await work.writeRows();
    await work.gathering.load(channel);
  }
  const gone = addressToClose(work.gathering.active(channel), maxAddresses);
  if (gone === undefined) return;
  const ids = work.gathering.windowsOf(channel, gone);
  await work.windows.lockIds(ids, true);
  for (const id of ids) {
    const window = work.windows.byMessage(id);
    if (window !== undefined) tally.closed.push(await closeWindow(work, window, 'flush', now));
  }
}
