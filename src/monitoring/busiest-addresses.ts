import { type AddressLoad } from '../storage/notification-store.js';
import { iso } from '../storage/stored-views.js';

/** An address and what it got, over what the store still holds. */
export interface BusyAddress {
  /** On the channel that was asked for. */
  readonly address: string;
  /** Deliveries that were accepted for it. */
  readonly deliveries: number;
  /** Messages that were sent to it. */
  readonly messages: number;
  /** Deliveries not final. */
  readonly pending: number;
  /** ISO 8601. */
  readonly lastActivityAt: string;
}

/** Keeps the addresses with the most deliveries of a long list, and only those. */
export class BusiestAddresses {
  private kept: AddressLoad[] = [];
  private current: AddressLoad | undefined;

  constructor(private readonly limit: number) {}

  /** The parts of an address must follow one another. */
  add(load: AddressLoad): void {
    if (this.current?.address !== load.address) {
      this.keep();
      this.current = load;
      return;
    }
    this.current = {
      address: load.address,
      messages: this.current.messages + load.messages,
      deliveries: this.current.deliveries + load.deliveries,
      pending: this.current.pending + load.pending,
      lastActivityAt: Math.max(this.current.lastActivityAt, load.lastActivityAt),
    };
  }

  /** The busiest first. */
  view(): readonly BusyAddress[] {
    this.keep();
    this.cut();
    return this.kept.map(({ lastActivityAt, ...load }) => ({ ...load, lastActivityAt: iso(lastActivityAt) }));
  }

  private keep(): void {
    if (this.current !== undefined) this.kept.push(this.current);
    this.current = undefined;
    if (this.kept.length >= 2 * this.limit) this.cut();
  }

  private cut(): void {
    this.kept = this.kept.sort((a, b) => b.deliveries - a.deliveries || (a.address < b.address ? -1 : 1)).slice(0, this.limit);
  }
}
