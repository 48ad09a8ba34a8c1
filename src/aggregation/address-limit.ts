import { Inject, Injectable } from '@nestjs/common';
import { NOTIFICATION_OPTIONS, type ResolvedOptions } from '../config/options.js';
import { NotificationStore } from '../storage/notification-store.js';

/** How many of the addresses that a channel may have open windows for it has. */
interface AddressUsage {
  readonly channel: string;
  readonly addresses: number;
  readonly maxAddresses: number;
}

/**
 * Most addresses of a channel with open windows at a time. The store keeps to it with each acceptance, so that it holds over a restart:
 * past it the windows of the least recently active address are sent early. Nothing is dropped.
 */
@Injectable()
export class AddressLimit {
  constructor(
    private readonly store: NotificationStore,
    @Inject(NOTIFICATION_OPTIONS) private readonly options: Pick<ResolvedOptions, 'perChannel' | 'slack'>,
  ) {}

  /** Undefined for a channel without a limit. */
  of(channel: string): number | undefined {
    return this.options.perChannel[channel]?.maxAddresses ?? (channel === 'slack' ? this.options.slack.maxChannels : undefined);
  }

  /** Of the channels that have a limit and something gathering. */
  async usage(): Promise<readonly AddressUsage[]> {
    const usage: AddressUsage[] = [];
    for (const channel of new Set(['slack', ...Object.keys(this.options.perChannel)])) {
      const maxAddresses = this.of(channel);
      if (maxAddresses === undefined) continue;
      const addresses = await this.store.gatheringAddresses(channel);
      if (addresses > 0) usage.push({ channel, addresses, maxAddresses });
    }
    return usage;
  }
}
