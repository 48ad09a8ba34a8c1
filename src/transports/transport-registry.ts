import { Injectable } from '@nestjs/common';
import { InvalidConfigurationError, InvalidRequestError } from '../model/errors.js';
import { type Transport, type TransportState } from './transport.js';

interface AddressFilter {
  readonly channel?: string | undefined;
  readonly address?: string | undefined;
}

/** The transports by channel. */
@Injectable()
export class TransportRegistry {
  private readonly transports = new Map<string, Transport>();
  private names: readonly string[] | undefined;
  private readonly missing = new Map<string, string>();
  private storedChannels: () => readonly string[] = () => [];

  /**
   * Registers a transport, unless it lacks what it needs: see `Transport.missing`.
   *
   * @param replace whether it takes the place of one that the channel has already
   * @throws InvalidConfigurationError when the channel has a transport already and `replace` is false
   */
  register(channel: string, transport: Transport, replace = false): void {
    if (transport.missing !== undefined) {
      this.missing.set(channel, transport.missing);
      return;
    }
    const other = this.transports.get(channel);
    if (other !== undefined && !replace) {
      throw new InvalidConfigurationError([
        `the channel ${JSON.stringify(channel)} is registered twice: by ${other.constructor.name} and by ${transport.constructor.name}`,
      ]);
    }
    this.transports.set(channel, transport);
    this.names = undefined;
  }

  get(channel: string): Transport | undefined {
    return this.transports.get(channel);
  }

  channels(): readonly string[] {
    return (this.names ??= [...this.transports.keys()]);
  }

  /** What a channel that is not registered lacks; undefined when it is registered or not known. */
  missingFor(channel: string): string | undefined {
    return this.transports.has(channel) ? undefined : this.missing.get(channel);
  }

  /** Why an address is not one of the channel's; undefined when it is. */
  addressProblem(channel: string, address: string): string | undefined {
    return this.transports.get(channel)?.validateAddress?.(address);
  }

  /** The form in which an address that the channel takes is stored and compared. */
  canonicalAddress(channel: string, address: string): string {
    return this.transports.get(channel)?.canonicalAddress?.(address) ?? address;
  }

  /** @param channels those that the store has deliveries of: a filter may name one that is not registered any more, or only on another instance */
  alsoFiltersBy(channels: () => readonly string[]): void {
    this.storedChannels = channels;
  }

  /**
   * A filter with its address in the canonical form; as given where the channel does not take it. Without a channel that is the form of the first channel that has one and takes the
   * address: `Ann@EXAMPLE.com` means the e-mail address.
   *
   * @param fields those that the filter may have: an unknown one is refused, since without it the filter would mean more
   * @throws InvalidRequestError for an unknown field, and for a channel that is neither registered nor built in, and of which nothing is stored
   */
  canonicalFilter<Filter extends AddressFilter>(filter: Filter, fields: readonly string[]): Filter {
    const unknown = Object.entries(filter).filter(([name, value]) => value !== undefined && !fields.includes(name));
    if (unknown.length > 0) {
      throw new InvalidRequestError(unknown.map(([path]) => ({ path, message: `is unknown; allowed are ${fields.join(', ')}` })));
    }
    const { channel, address } = filter;
    if (channel !== undefined) this.requireKnown(channel);
    if (address === undefined) return filter;
    for (const name of channel === undefined ? this.channels() : [channel]) {
      if (this.addressProblem(name, address) !== undefined) continue;
      const canonical = this.canonicalAddress(name, address);
      if (canonical !== address) return { ...filter, address: canonical };
    }
    return filter;
  }

  private requireKnown(channel: string): void {
    if (this.transports.has(channel) || this.missing.has(channel)) return;
    const stored = this.storedChannels();
    if (stored.includes(channel)) return;
    const known = new Set([...this.channels(), ...this.missing.keys(), ...stored]);
    throw new InvalidRequestError([
      { path: 'channel', message: `got ${JSON.stringify(channel)}; must be one of ${[...known].join(', ')}` },
    ]);
  }

  /** @param state kept over restarts, apart for each channel */
  async openAll(state: TransportState): Promise<void> {
    for (const [channel, transport] of this.transports) {
      await transport.open?.({
        get: (name) => state.get(`${channel}: ${name}`),
        set: (name, value) => state.set(`${channel}: ${name}`, value),
        setIfAbsent: (name, value) => state.setIfAbsent(`${channel}: ${name}`, value),
        update: (name, change) => state.update(`${channel}: ${name}`, change),
      });
    }
  }

  /** Closes every transport, also when one of them fails; then the first failure is thrown. */
  async closeAll(): Promise<void> {
    const results = await Promise.allSettled([...this.transports.values()].map(async (transport) => transport.close?.()));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }
}
