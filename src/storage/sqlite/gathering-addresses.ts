import { type WindowFacts } from '../../model/decisions/closing.js';

/** How many windows that do not wait for a `sendAt` an address has, by channel; a channel is counted once its limit is first asked for. */
export class GatheringAddresses {
  private readonly channels = new Map<string, Map<string, number>>();

  /** @param windows all that are open */
  of(channel: string, windows: () => Iterable<WindowFacts>): ReadonlyMap<string, number> {
    const known = this.channels.get(channel);
    if (known !== undefined) return known;
    const addresses = new Map<string, number>();
    this.channels.set(channel, addresses);
    for (const window of windows()) if (window.channel === channel) this.count(window, 1);
    return addresses;
  }

  /** A window opened (1) or closed (-1). */
  count({ channel, address, notBefore }: Pick<WindowFacts, 'channel' | 'address' | 'notBefore'>, change: 1 | -1): void {
    const addresses = this.channels.get(channel);
    if (addresses === undefined || notBefore !== undefined) return;
    const count = (addresses.get(address) ?? 0) + change;
    if (count === 0) addresses.delete(address);
    else addresses.set(address, count);
  }
}
