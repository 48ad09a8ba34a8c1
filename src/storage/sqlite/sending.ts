import { type ClaimedRow } from './rows.js';

/** A message that a worker holds. */
export interface SendingMessage {
  readonly row: ClaimedRow;
  readonly claimId: number;
  readonly leaseUntil: number;
}

/** What is being sent. The rest of a transaction sees what it changes here; it is as if nothing happened when that fails. */
export class Sending {
  private readonly messages = new Map<number, SendingMessage>();
  /** How many each claim holds. */
  private readonly held = new Map<number, number>();
  /** What this transaction took and gave back, in turn. */
  private moves: (readonly [message: SendingMessage, held: boolean])[] = [];

  get size(): number {
    return this.messages.size;
  }

  has(id: number): boolean {
    return this.messages.has(id);
  }

  get(id: number): SendingMessage | undefined {
    return this.messages.get(id);
  }

  values(): Iterable<SendingMessage> {
    return this.messages.values();
  }

  /** Whether a claim still holds anything. */
  isHolding(claimId: number): boolean {
    return this.held.has(claimId);
  }

  /** A worker takes a message. */
  hold(message: SendingMessage): void {
    this.keep(message, true);
    this.moves.push([message, true]);
  }

  /** The opposite of `hold`. */
  release(message: SendingMessage): void {
    this.keep(message, false);
    this.moves.push([message, false]);
  }

  commit(): void {
    this.moves = [];
  }

  rollBack(): void {
    for (const [message, held] of this.moves.reverse()) this.keep(message, !held);
    this.moves = [];
  }

  private keep(message: SendingMessage, held: boolean): void {
    const { claimId, row } = message;
    if (held) this.messages.set(row.id, message);
    else this.messages.delete(row.id);
    const count = (this.held.get(claimId) ?? 0) + (held ? 1 : -1);
    if (count === 0) this.held.delete(claimId);
    else this.held.set(claimId, count);
  }
}
