import { mayCloseEarly } from '../../model/decisions/closing.js';
import { type AcceptTally } from '../notification-store.js';
import { PRIORITY_NUMBER } from '../persisted.js';
import { type Arrival } from './arrival.js';
import { closeWindow } from './close.js';
import { addressRange } from './keys.js';
import { isWindow, type OpenWindow } from './message.js';
import { type Work } from './work.js';

/** Windows that are looked at together. */
const PART = 100;

/** Closes what gathers in order for an address, and puts it on the same lane, before it: a reader gets it first. */
export async function sendAhead(work: Work, { content, address, now }: Arrival, tally: AcceptTally): Promise<void> {
  const [min, max] = addressRange(address, 'p');
  const ids = await work.messages.inSet(`at:${content.channel}`, { by: 'lex', min, max });
  for (const window of await work.messages.load(ids)) {
    if (!isWindow(window) || window.policy.ordered !== true || !mayCloseEarly(window, now)) continue;
    tally.closed.push(await closeWindow(work, window, 'flush', now, { leastRank: PRIORITY_NUMBER[content.priority] }));
  }
}

/** Closes the windows of the least recently active address when a channel has too many: see `addressToClose`. */
export async function keepToLimit(
  work: Work,
  channel: string,
  maxAddresses: number,
  now: number,
  tally: AcceptTally,
): Promise<void> {
  const key = `gc:${channel}`;
  const changes = work.messages.tallied(key);
  const touched = [...changes.keys()];
  const [all, ...before] = await work.tx.read([['HLEN', key], ...touched.map((address) => ['HGET', key, address] as const)]);
  let active = Number(all);
  const windowsOf = new Map<string, number>();
  touched.forEach((address, index) => {
    const [was, is] = [Number(before[index] ?? 0), Number(before[index] ?? 0) + (changes.get(address) ?? 0)];
    windowsOf.set(address, is);
    active += (is > 0 ? 1 : 0) - (was > 0 ? 1 : 0);
  });
  if (active <= maxAddresses) return;
  for (const window of await leastActive(work, channel, windowsOf)) {
    tally.closed.push(await closeWindow(work, window, 'flush', now));
  }
}

/** The windows of the address all of whose windows got their last entries before any other address's last one did. */
async function leastActive(work: Work, channel: string, windowsOf: Map<string, number>): Promise<readonly OpenWindow[]> {
  const seen = new Map<string, OpenWindow[]>();
  for (let limit = PART; ; limit *= 2) {
    seen.clear();
    const ids = await work.messages.inSet(`gl:${channel}`, { by: 'score', min: '-inf', max: '+inf', limit });
    const windows = (await work.messages.load(ids)).filter(isWindow);
    const unknown = [...new Set(windows.map(({ address }) => address))].filter((address) => !windowsOf.has(address));
    const counts = await work.tx.read(unknown.map((address) => ['HGET', `gc:${channel}`, address]));
    unknown.forEach((address, index) => windowsOf.set(address, Number(counts[index] ?? 0)));
    for (const window of windows) {
      const own = [...(seen.get(window.address) ?? []), window];
      if (own.length >= (windowsOf.get(window.address) ?? 0)) return own.sort((a, b) => a.id - b.id);
      seen.set(window.address, own);
    }
    if (ids.length < limit) return [];
  }
}
