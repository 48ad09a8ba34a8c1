import { type Tx } from './tx.js';

/** A delivery of a first answer, as it is stored with the key. The channel is left out where all have that of the notification. */
export type AnsweredDelivery = readonly [id: number, address: string, message: number, route: number, channel?: string];

/** What an idempotency key was answered first. */
export interface Answer {
  readonly fingerprint: string;
  /** Epoch ms. */
  readonly at: number;
  readonly deliveries: readonly AnsweredDelivery[];
}

/** First answers, by hash of their key. */
export class Answers {
  constructor(private readonly tx: Tx) {}

  async load(hashes: readonly string[]): Promise<void> {
    await this.tx.load(hashes.map((hash) => ['idem', hash]));
  }

  /** One that is loaded. */
  get(hash: string): Answer | undefined {
    const stored = this.tx.peek('idem', hash);
    if (stored === undefined) return undefined;
    const [fingerprint, at, deliveries] = JSON.parse(stored) as [string, number, AnsweredDelivery[]];
    return { fingerprint, at, deliveries };
  }

  set(hash: string, { fingerprint, at, deliveries }: Answer): void {
    this.tx.put('idem', hash, JSON.stringify([fingerprint, at, deliveries]));
    this.tx.write('ZADD', 'idt', at, hash);
  }

  /** Forgets a key that is loaded. */
  forget(hash: string): void {
    this.tx.put('idem', hash, undefined);
    this.tx.write('ZREM', 'idt', hash);
  }
}
