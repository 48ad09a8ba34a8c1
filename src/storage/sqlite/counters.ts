import { type DeliveryState, type NextState } from '../../model/delivery.js';
import { type CountRow } from '../notification-store.js';
import { type Database } from './database.js';
import { type UndoLog } from './undo-log.js';
import { NUMBERED_STATES, routeAt, STATE_NUMBER } from '../persisted.js';

interface Counter {
  readonly channel: string;
  readonly type: string;
  readonly route: number;
  readonly counts: number[];
}

const PENDING = [STATE_NUMBER.gathering, STATE_NUMBER.queued, STATE_NUMBER.sending];

/**
 * Deliveries by channel, type, route and state, written in the transaction that changes them, so that they add up after a
 * crash too (guarantee 7) and outlive the rows that are pruned.
 */
export class Counters {
  private readonly counters = new Map<string, Counter>();
  private readonly dirty = new Set<Counter>();
  /** The one asked for last: most of a batch is of one kind. */
  private last: Counter | undefined;
  /** Deliveries not final. */
  pending = 0;

  constructor(private readonly undo: UndoLog) {}

  load(db: Database): void {
    for (const row of db.sql('SELECT channel, type, route, counts FROM counter').all()) {
      const { channel, type, route, counts } = row as unknown as { channel: string; type: string; route: number; counts: string };
      const parsed = JSON.parse(counts) as number[];
      // A claim is not counted on disk: whatever was being sent is queued again.
      parsed[STATE_NUMBER.queued] = (parsed[STATE_NUMBER.queued] ?? 0) + (parsed[STATE_NUMBER.sending] ?? 0);
      parsed[STATE_NUMBER.sending] = 0;
      this.counters.set(keyOf(channel, type, route), { channel, type, route, counts: parsed });
      for (const index of PENDING) this.pending += parsed[index] ?? 0;
    }
  }

  add(channel: string, type: string, route: number, state: DeliveryState, count: number): void {
    const counter = this.counter(channel, type, route);
    const index = STATE_NUMBER[state];
    this.undo.record(change, this, counter, index, -count);
    this.change(counter, index, count);
  }

  /** Only for `add` and for undoing it. */
  change(counter: Counter, index: number, count: number): void {
    this.dirty.add(counter);
    counter.counts[index] = (counter.counts[index] ?? 0) + count;
    if (PENDING.includes(index)) this.pending += count;
  }

  move<From extends DeliveryState>(
    channel: string,
    type: string,
    route: number,
    from: From,
    to: NextState<From>,
    count: number,
  ): void {
    this.add(channel, type, route, from, -count);
    this.add(channel, type, route, to, count);
  }

  private counter(channel: string, type: string, route: number): Counter {
    const { last } = this;
    if (last?.type === type && last.channel === channel && last.route === route) return last;
    const key = keyOf(channel, type, route);
    let counter = this.counters.get(key);
    if (counter === undefined) {
      counter = { channel, type, route, counts: NUMBERED_STATES.map(() => 0) };
      this.counters.set(key, counter);
    }
    this.last = counter;
    return counter;
  }

  /** Writes what this transaction changed. */
  write(db: Database): void {
    const upsert = db.sql('INSERT OR REPLACE INTO counter (channel, type, route, counts) VALUES (?, ?, ?, ?)');
    for (const counter of this.dirty) {
      upsert.run(counter.channel, counter.type, counter.route, JSON.stringify(counter.counts));
    }
    this.dirty.clear();
  }

  /** Channels that anything was ever accepted for. */
  channels(): readonly string[] {
    return [...new Set([...this.counters.values()].map(({ channel }) => channel))];
  }

  rows(): CountRow[] {
    const rows: CountRow[] = [];
    for (const { channel, type, route, counts } of this.counters.values()) {
      for (const [index, state] of NUMBERED_STATES) {
        const count = counts[index] ?? 0;
        if (count !== 0) rows.push({ channel, type, route: routeAt(route), state, count });
      }
    }
    return rows;
  }
}

function change(counters: Counters, counter: Counter, index: number, count: number): void {
  counters.change(counter, index, count);
}

function keyOf(channel: string, type: string, route: number): string {
  return `${channel}\u0000${type}\u0000${route}`;
}
