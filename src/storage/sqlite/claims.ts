import { type ClaimedRow } from './rows.js';
import { type UndoLog } from './undo-log.js';

/** A message that a worker holds. */
export interface HeldMessage {
  readonly row: ClaimedRow;
  readonly claimId: number;
  /** When its entry in `StoreState.due` comes up, epoch ms: when its lease ends, or before a lease that was extended since. */
  dueAt: number;
}

/** What a claim still holds. */
interface HeldClaim {
  count: number;
  /** Epoch ms. */
  leaseUntil: number;
}

/** Messages that are claimed. Changes are visible within the transaction, and undone when it rolls back. */
export class Claims {
  private readonly messages = new Map<number, HeldMessage>();
  private readonly claims = new Map<number, HeldClaim>();

  constructor(private readonly undo: UndoLog) {}

  get size(): number {
    return this.messages.size;
  }

  has(id: number): boolean {
    return this.messages.has(id);
  }

  get(id: number): HeldMessage | undefined {
    return this.messages.get(id);
  }

  /** Its entry in `StoreState.due` comes up at another time, epoch ms. */
  watch(message: HeldMessage, dueAt: number): void {
    this.undo.record(setDueAt, message, message.dueAt);
    message.dueAt = dueAt;
  }

  values(): Iterable<HeldMessage> {
    return this.messages.values();
  }

  /** Whether a claim still holds anything. */
  isHolding(claimId: number): boolean {
    return this.claims.has(claimId);
  }

  /** When the lease of a message ends, epoch ms. */
  leaseUntil({ claimId }: HeldMessage): number {
    return this.claims.get(claimId)?.leaseUntil ?? 0;
  }

  /** Prolongs the lease of a claim, outside of any transaction. Returns false when it holds nothing. */
  extend(claimId: number, until: number): boolean {
    const claim = this.claims.get(claimId);
    if (claim === undefined) return false;
    claim.leaseUntil = Math.max(claim.leaseUntil, until);
    return true;
  }

  /** A worker takes a message. */
  hold(message: HeldMessage, leaseUntil: number): void {
    this.put(message, true, leaseUntil);
    this.undo.record(put, this, message, false, leaseUntil);
  }

  /** The opposite of `hold`. */
  release(message: HeldMessage): void {
    const leaseUntil = this.leaseUntil(message);
    this.put(message, false, leaseUntil);
    this.undo.record(put, this, message, true, leaseUntil);
  }

  /** Only for `hold` and `release`, and for undoing them. */
  put(message: HeldMessage, held: boolean, leaseUntil: number): void {
    const { claimId, row } = message;
    if (held) this.messages.set(row.id, message);
    else this.messages.delete(row.id);
    let claim = this.claims.get(claimId);
    if (claim === undefined) {
      claim = { count: 0, leaseUntil };
      this.claims.set(claimId, claim);
    }
    claim.count += held ? 1 : -1;
    if (claim.count === 0) this.claims.delete(claimId);
  }
}

function put(sending: Claims, message: HeldMessage, held: boolean, leaseUntil: number): void {
  sending.put(message, held, leaseUntil);
}

function setDueAt(message: HeldMessage, dueAt: number): void {
  message.dueAt = dueAt;
}
