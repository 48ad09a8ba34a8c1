import { type NotificationEvents } from '../model/notification-events.js';

/** Slack channels with open windows at a time when nothing else is said. */
export const SLACK_MAX_ADDRESSES = 100;

/**
 * Keeps the number of a channel's addresses with open windows at a limit: past it the windows of the least recently active address are
 * sent on early. Nothing is dropped.
 */
export class AddressLimit {
  /** By channel: addresses in the order of their last activity. */
  private readonly active = new Map<string, Set<string>>();

  constructor(
    events: NotificationEvents,
    private readonly limitOf: (channel: string) => number | undefined,
  ) {
    events.on('windowsClosed', ({ windows }) => {
      for (const { channel, address } of windows) this.active.get(channel)?.delete(address);
    });
  }

  /** Something gathers for an address now. @returns the address that must give way, if one must */
  gathers(channel: string, address: string): string | undefined {
    const limit = this.limitOf(channel);
    if (limit === undefined) return undefined;
    const addresses = this.active.get(channel) ?? new Set<string>();
    this.active.set(channel, addresses);
    addresses.delete(address);
    addresses.add(address);
    if (addresses.size <= limit) return undefined;
    const [oldest] = addresses;
    if (oldest !== undefined) addresses.delete(oldest);
    return oldest;
  }
}
