import { type CountRow } from '../notification-store.js';
import { ADDRESS_END, addressRange, padded } from './keys.js';
import { isPending, isWindow, type Message } from './message.js';

/** Digits of a number of a sequence in an index. */
const SEQUENCE_DIGITS = 16;

/** Where a message stands in a sorted set. */
export interface Place {
  readonly key: string;
  readonly member: string;
  readonly score: number;
}

export function dueOfMessage(id: number): string {
  return `m${padded(id)}`;
}

export function readyKey(channel: string, lane: 'critical' | 'normal'): string {
  return `r:${lane}:${channel}`;
}

export function laneOf({ rank }: Pick<Message, 'rank'>): 'critical' | 'normal' {
  return rank === 0 ? 'critical' : 'normal';
}

/** The member of `sa` of a message: those of an address stand in the order of their numbers. */
export function sequenceMember(address: string, sequence: number, id: number): string {
  return `${sequencePlace(address, sequence)}${padded(id)}`;
}

/** What the members of an address with a number begin with. */
export function sequencePlace(address: string, sequence: number): string {
  return `${address}${ADDRESS_END}${String(sequence).padStart(SEQUENCE_DIGITS, '0')}`;
}

/** All sorted sets that a message is in: they follow from its row, and are written with it. */
export function placesOf(message: Message): Place[] {
  const { id, channel, address, state, stamp, times, sequence } = message;
  const member = padded(id);
  const [start] = addressRange(address, isPending(message) ? 'p' : 'f');
  const places: Place[] = [{ key: `at:${channel}`, member: `${start.slice(1)}${member}`, score: 0 }];
  if (sequence !== undefined) {
    places.push({ key: `sq:${channel}`, member, score: sequence });
    places.push({ key: `sa:${channel}`, member: sequenceMember(address, sequence, id), score: 0 });
  }
  if (state === 'gathering' && times !== undefined) {
    places.push({ key: 'open', member, score: id }, { key: 'due', member: dueOfMessage(id), score: times.dueAt });
    if (message.notBefore === undefined) places.push({ key: `gl:${channel}`, member, score: message.lastId });
  }
  if (state === 'queued') {
    if (stamp === undefined) places.push({ key: 'due', member: dueOfMessage(id), score: message.readyAt });
    else {
      places.push({ key: readyKey(channel, laneOf(message)), member, score: stamp });
      if (waitsForBatch(message)) {
        places.push({ key: `b:${channel}`, member, score: message.readyAt });
        if (message.sendBy !== undefined) places.push({ key: `bu:${channel}`, member, score: message.sendBy });
      }
    }
  }
  if (state === 'dead') {
    places.push({ key: 'dead', member, score: id });
    if (message.dismissedAt !== undefined) places.push({ key: 'gone', member, score: id });
  }
  if (!isPending(message)) places.push({ key: 'fin', member, score: message.updatedAt });
  return places;
}

/** Normal lane, `batch` route, first attempt. */
export function waitsForBatch({ route, attempts, rank }: Message): boolean {
  return route === 'batch' && attempts === 0 && rank !== 0;
}

/** The field of `counts` for deliveries. */
export function countField({ channel, type, route, state }: Omit<CountRow, 'count'>): string {
  return JSON.stringify([channel, type, route, state]);
}

/** A count that a message contributes to, and how much. */
export type Tally = readonly [key: string, field: string, count: number];

/** What a message is counted in for good: deliveries by their state. */
export function countsOf(message: Message): Tally[] {
  const { channel, route, state, types } = message;
  if (state === 'ended') return [];
  return [...types].map(([type, count]) => ['counts', countField({ channel, type, route, state }), count]);
}

/** What it is counted in for as long as it is there. */
export function talliesOf(message: Message): Tally[] {
  const { state, count, channel, address, replay } = message;
  const tallies: Tally[] = [];
  if (isPending(message)) tallies.push(['sums', 'pending', count]);
  if (state === 'gathering') tallies.push(['sums', 'items', count]);
  if (state === 'queued' || state === 'sending') tallies.push(['sums', state, 1]);
  if (isWindow(message) && message.notBefore === undefined) tallies.push([`gc:${channel}`, address, 1]);
  if (replay !== undefined) {
    tallies.push(['rp', `${replay} messages`, 1], ['rp', `${replay} all`, count]);
    if (state === 'delivered' || state === 'dead') tallies.push(['rp', `${replay} ${state}`, count]);
  }
  return tallies;
}
