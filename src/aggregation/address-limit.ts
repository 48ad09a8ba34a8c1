import { Inject, Injectable } from '@nestjs/common';
import { NOTIFICATION_OPTIONS, type ResolvedOptions } from '../config/options.js';
import { NotificationEvents } from '../model/notification-events.js';

/** How many of the addresses that a channel may have open windows for it has. */
export interface AddressUsage {
  readonly channel: string;
  readonly addresses: number;
  readonly maxAddresses: number;
}

/**
 * Keeps the number of a channel's addresses with open windows at a limit: past it the windows of the least recently active address are
 * sent on early. Nothing is dropped.
 */
@Injectable()
export class AddressLimit {
  /** By channel: addresses in the order of their last activity. */
  private readonly active = new Map<string, Set<string>>();

  constructor(
    events: NotificationEvents,
    @Inject(NOTIFICATION_OPTIONS) private readonly options: Pick<ResolvedOptions, 'perChannel' | 'slack'>,
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

  /** Of the channels that have a limit and something gathering. */
  usage(): readonly AddressUsage[] {
    return [...this.active].map(([channel, { size }]) => ({
      channel,
      addresses: size,
      maxAddresses: this.limitOf(channel) ?? size,
    }));
  }

  private limitOf(channel: string): number | undefined {
    return this.options.perChannel[channel]?.maxAddresses ?? (channel === 'slack' ? this.options.slack.maxChannels : undefined);
  }
}
