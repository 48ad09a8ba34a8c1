import { randomUUID } from 'node:crypto';
import { type TimerHandle } from '../../model/clock.js';
import { type PostgresConnection } from './connection.js';
import { isSettingTopic } from './setting-topic.js';
import { type Queries } from './transaction.js';
import { type PostgresWaking } from './waking.js';

/** A topic and what is told of it. */
export type Signal = readonly [topic: string, payload: string];

/** What is published within this time is one row, ms. */
const GATHER_MS = 20;
/** How long a signal is kept for those that have not read it yet, seconds of the server's clock. */
const KEEP_SECONDS = 60;
/** A reader that has not read for this long may have missed some, ms. */
const MISSED_AFTER_MS = 45_000;
/** Every so many reads, old signals are deleted. */
const SWEEP_EVERY = 60;
const WAKING = 'signal';

/**
 * Signals between instances: rows that every instance reads once a second, and as soon as it is woken. What was read is told by the snapshot of the
 * last read (PostgreSQL documentation, "Transaction ID and Snapshot Information Functions"): a row is new when that snapshot does not see its
 * transaction, however late it was committed.
 */
export class PostgresSignals {
  private readonly sender = randomUUID();
  private readonly listeners = new Map<string, Set<(payload: string) => void>>();
  private gathered: Signal[] = [];
  private timer: TimerHandle | undefined;
  private writing: Promise<void> = Promise.resolve();
  /** The state of the tables that was read last. */
  private last: { readonly snapshot: string; readonly life: string; readonly at: number } | undefined;
  private reads = 0;
  private stopWaking: (() => void) | undefined;

  constructor(
    private readonly connection: PostgresConnection,
    private readonly waking: PostgresWaking,
  ) {}

  /** What is sent from here on will be heard. */
  async start(): Promise<void> {
    await this.read();
    this.stopWaking = this.waking.on(WAKING, () => this.read());
  }

  /** Ends what is being written. */
  async stop(): Promise<void> {
    this.stopWaking?.();
    this.last = undefined;
    if (this.timer !== undefined) this.flush();
    await this.writing;
  }

  /** Told by this instance at once, by the others soon; nobody hears of it when the server cannot be reached. */
  publish(topic: string, payload: string): void {
    this.gathered.push([topic, payload]);
    this.timer ??= this.connection.surroundings.clock.setTimer(GATHER_MS, () => this.flush());
    this.tell([[topic, payload]]);
  }

  subscribe(topic: string, listener: (payload: string) => void): () => void {
    const listeners = this.listeners.get(topic) ?? new Set();
    this.listeners.set(topic, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.listeners.get(topic) === listeners) this.listeners.delete(topic);
    };
  }

  /** Sends with a transaction: if it is committed. Call `sent` then. */
  send(queries: Queries, signals: readonly Signal[]): void {
    queries.send('INSERT INTO signal (sender, signals) VALUES ($1, $2)', [this.sender, JSON.stringify(signals)]);
  }

  sent(signals: readonly Signal[]): void {
    this.waking.hint(WAKING);
    this.tell(signals);
  }

  private flush(): void {
    this.timer?.cancel();
    this.timer = undefined;
    const signals = distinct(this.gathered.splice(0));
    const work = (queries: Queries): Promise<void> => {
      this.send(queries, signals);
      return Promise.resolve();
    };
    this.writing = this.writing
      .then(() => this.connection.transaction('send signals', work, { durable: false }))
      .then(
        () => this.waking.hint(WAKING),
        () => undefined,
      );
  }

  private async read(): Promise<void> {
    const { last } = this;
    const { clock } = this.connection.surroundings;
    const rows = await this.connection.read('read signals', (queries) =>
      queries.query<SignalRow>(last === undefined ? FIRST : NEXT, last === undefined ? [] : [last.snapshot]),
    );
    const [{ snapshot, life } = { snapshot: '', life: null }] = rows;
    const { token } = life === null ? await this.newLife() : { token: life };
    this.last = { snapshot, life: token, at: clock.now() };
    for (const { sender, signals } of rows) {
      if (signals !== null && sender !== this.sender) this.tell(JSON.parse(signals) as readonly Signal[]);
    }
    if (last !== undefined && (last.life !== token || clock.now() - last.at > MISSED_AFTER_MS)) this.tellSettings();
    this.reads += 1;
    if (this.reads % SWEEP_EVERY === 0) await this.sweep();
  }

  private async newLife(): Promise<{ readonly token: string }> {
    const [row] = await this.connection.transaction('start reading signals', async (queries) => {
      queries.send('INSERT INTO life VALUES (true, gen_random_uuid()) ON CONFLICT DO NOTHING');
      return queries.query<{ readonly token: string }>('SELECT token::text AS token FROM life');
    });
    return row ?? { token: '' };
  }

  private tell(signals: readonly Signal[]): void {
    for (const [topic, payload] of signals) for (const listener of this.listeners.get(topic) ?? []) listener(payload);
  }

  /** A setting can be read again, so one signal too many does no harm. */
  private tellSettings(): void {
    this.tell([...this.listeners.keys()].filter(isSettingTopic).map((topic) => [topic, '']));
  }

  private async sweep(): Promise<void> {
    await this.connection.transaction(
      'delete old signals',
      (queries) => queries.run('DELETE FROM signal WHERE at < clock_timestamp() - make_interval(secs => $1)', [KEEP_SECONDS]),
      { durable: false },
    );
  }
}

interface SignalRow {
  readonly snapshot: string;
  readonly life: string | null;
  readonly sender: string | null;
  readonly signals: string | null;
}

const LIFE = '(SELECT token::text FROM life) AS life';
const FIRST = `SELECT pg_current_snapshot()::text AS snapshot, ${LIFE}, NULL AS sender, NULL AS signals`;
const NEXT = `SELECT now.snapshot::text AS snapshot, ${LIFE}, s.sender, s.signals
  FROM (SELECT pg_current_snapshot() AS snapshot) AS now
  LEFT JOIN signal AS s ON s.xid >= pg_snapshot_xmin($1::pg_snapshot) AND NOT pg_visible_in_snapshot(s.xid, $1::pg_snapshot)
  ORDER BY s.at`;

function distinct(signals: readonly Signal[]): readonly Signal[] {
  return [...new Map(signals.map((signal) => [JSON.stringify(signal), signal])).values()];
}
