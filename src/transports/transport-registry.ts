import { Injectable } from '@nestjs/common';
import { InvalidConfigurationError } from '../model/errors.js';
import { type Transport, type TransportMemory } from './transport.js';

/** The transports by channel. */
@Injectable()
export class TransportRegistry {
  private readonly transports = new Map<string, Transport>();

  /** @throws InvalidConfigurationError when the channel has a transport already */
  register(channel: string, transport: Transport): void {
    const other = this.transports.get(channel);
    if (other !== undefined) {
      throw new InvalidConfigurationError([
        `the channel ${JSON.stringify(channel)} is registered twice: by ${other.constructor.name} and by ${transport.constructor.name}`,
      ]);
    }
    this.transports.set(channel, transport);
  }

  get(channel: string): Transport | undefined {
    return this.transports.get(channel);
  }

  channels(): readonly string[] {
    return [...this.transports.keys()];
  }

  /** Why an address is not one of the channel's; undefined when it is. */
  addressProblem(channel: string, address: string): string | undefined {
    return this.transports.get(channel)?.validateAddress?.(address);
  }

  /** @param memory kept over restarts, apart for each channel */
  async openAll(memory: TransportMemory): Promise<void> {
    for (const [channel, transport] of this.transports) {
      await transport.open?.({
        get: (name) => memory.get(`${channel}: ${name}`),
        set: (name, value) => memory.set(`${channel}: ${name}`, value),
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
