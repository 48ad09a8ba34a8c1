import { createHash, randomUUID } from 'node:crypto';
import { type PostgresConnection } from './connection.js';
import { type PgListeningClient } from './pg-client.js';

/** How long a notification may take that was sent to oneself, ms. */
const PROBE_MS = 3_000;
/** How often one is sent, to find a connection that is dead and does not know it, ms. */
const PROBE_EVERY_MS = 30_000;
/** The first pause before connecting again is at most this long, ms; it doubles. */
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 10_000;
/** Where notifications do not come through, it is asked again after this time, ms. */
const DEAF_PAUSE_MS = 60_000;

/** How an instance is woken: `notify`, or only `poll`. */
export type WakingMode = 'notify' | 'poll';

/**
 * The connection that listens. PgBouncer in transaction mode takes LISTEN and passes no notification on: so a notification that was sent to
 * oneself must arrive before any is relied on, and again every half a minute.
 */
export class PostgresListener {
  private readonly channel: string;
  private readonly token = randomUUID();
  private client: PgListeningClient | undefined;
  private running: Promise<void> = Promise.resolve();
  private isStopped = false;
  private readonly firstProbe = Promise.withResolvers<undefined>();
  private current: WakingMode = 'poll';
  private onNames: (names?: readonly string[]) => void = () => undefined;
  private onProbe: (probe: string) => void = () => undefined;
  private endPause: () => void = () => undefined;

  /** @param wanted `poll`: it never listens */
  constructor(
    private readonly connection: PostgresConnection,
    private readonly wanted: WakingMode,
  ) {
    // Names of channels are cut off at 63 bytes.
    this.channel = `nestjs_digest_${createHash('sha256').update(connection.schema).digest('hex').slice(0, 32)}`;
  }

  get mode(): WakingMode {
    return this.current;
  }

  /** Resolves once it was found out whether notifications come through, with what was found. */
  async probed(): Promise<WakingMode> {
    await this.firstProbe.promise;
    return this.current;
  }

  /** @param onNames called with what other instances hinted at; without names when hints may have been lost */
  start(onNames: (names?: readonly string[]) => void): void {
    this.onNames = onNames;
    this.isStopped = false;
    if (this.wanted === 'notify') this.running = this.run();
    else this.firstProbe.resolve(undefined);
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    this.endPause();
    await this.running;
  }

  /** Without effect while it does not listen: then nobody can be sure to, and all poll. */
  notify(names: readonly string[]): void {
    if (this.current === 'poll') return;
    this.client
      ?.query({ text: 'SELECT pg_notify($1, $2)', values: [this.channel, `${this.token} ${names.join(',')}`] })
      .catch(ignore);
  }

  private async run(): Promise<void> {
    let failures = 0;
    while (!this.isStopped) {
      const end = await this.listen().catch(() => 'failed' as const);
      this.current = 'poll';
      failures = end === 'failed' ? failures + 1 : 0;
      const longestMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures);
      await this.pause(end === 'deaf' ? DEAF_PAUSE_MS : longestMs * this.connection.surroundings.randomness.next());
    }
  }

  /** Resolves when the connection is of no use any more. `deaf`: it works, and nothing is heard on it. */
  private async listen(): Promise<'broken' | 'deaf'> {
    const client = await this.connection.newClient(PROBE_MS);
    let broken = false;
    const isBroken = (): boolean => broken;
    const breaks = (): void => {
      broken = true;
      this.endPause();
    };
    // Before it connects: one that breaks while nobody listens to its errors would end the process.
    client.on('error', breaks);
    client.on('end', breaks);
    client.on('notification', ({ payload = '' }) => this.hear(payload));
    try {
      await client.connect();
      await client.query({ text: `LISTEN ${this.channel}` });
      for (let isFirst = true; !this.hasStopped(); isFirst = false) {
        const heard = await this.probe(isBroken);
        if (isBroken() || this.hasStopped()) return 'broken';
        this.current = heard ? 'notify' : 'poll';
        this.firstProbe.resolve(undefined);
        if (!heard) return 'deaf';
        // What was notified while it did not listen is lost.
        if (isFirst) this.onNames();
        this.client = client;
        await this.pause(PROBE_EVERY_MS);
        if (isBroken()) return 'broken';
      }
      return 'broken';
    } finally {
      this.client = undefined;
      client.end().catch(ignore);
    }
  }

  /** Whether a notification that is sent by another connection arrives. */
  private async probe(isBroken: () => boolean): Promise<boolean> {
    const probe = randomUUID();
    let heard = false;
    const hasArrived = (): boolean => heard;
    this.onProbe = (other) => {
      if (other !== probe) return;
      heard = true;
      this.endPause();
    };
    await this.connection.read('send a notification to itself', (queries) =>
      queries.query('SELECT pg_notify($1, $2)', [this.channel, `${this.token} ?${probe}`]),
    );
    if (!hasArrived() && !isBroken()) await this.pause(PROBE_MS);
    return hasArrived();
  }

  private hasStopped(): boolean {
    return this.isStopped;
  }

  private hear(payload: string): void {
    const [token, names = ''] = payload.split(' ');
    if (token !== this.token) this.onNames(names.startsWith('?') ? [] : names.split(','));
    else if (names.startsWith('?')) this.onProbe(names.slice(1));
  }

  /** Ends early when it stops, and at what it waits for. */
  private pause(delayMs: number): Promise<void> {
    if (this.isStopped) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = this.connection.surroundings.clock.setTimer(delayMs, resolve);
      this.endPause = () => {
        timer.cancel();
        resolve();
      };
    });
  }
}

function ignore(): void {}
