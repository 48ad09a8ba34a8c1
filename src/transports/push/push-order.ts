import { receiverShare } from '../receiver-share.js';

/**
 * In what order the messages of a batch are sent: one whose push services have a third of the calls already is put aside while there are others, so
 * that a slow service keeps nobody else's waiting.
 */
export class PushOrder<Item> {
  private readonly aside: Item[] = [];
  private readonly inFlight = new Map<string, number>();
  private readonly share: number;
  private next = 0;

  /** @param atOnce messages that are sent at once */
  constructor(
    private readonly items: readonly Item[],
    atOnce: number,
  ) {
    this.share = receiverShare(atOnce);
  }

  /** The next message, which may be put aside when it is `fresh`; undefined: there is none. */
  take(): { readonly item: Item; readonly fresh: boolean } | undefined {
    const fresh = this.items[this.next];
    if (fresh !== undefined) {
      this.next++;
      return { item: fresh, fresh: true };
    }
    const item = this.aside.shift();
    return item === undefined ? undefined : { item, fresh: false };
  }

  /** Whether one of the services has its share of the calls already. */
  isBusy(services: readonly string[]): boolean {
    return services.some((service) => (this.inFlight.get(service) ?? 0) >= this.share);
  }

  putAside(item: Item): void {
    this.aside.push(item);
  }

  began(services: readonly string[]): void {
    for (const service of new Set(services)) this.inFlight.set(service, (this.inFlight.get(service) ?? 0) + 1);
  }

  ended(services: readonly string[]): void {
    for (const service of new Set(services)) this.inFlight.set(service, (this.inFlight.get(service) ?? 1) - 1);
  }
}
