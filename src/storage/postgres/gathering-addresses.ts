import { type ActiveAddress } from '../../model/decisions/address-limit.js';
import { type OpenWindow } from './rows.js';
import { type Queries } from './transaction.js';

interface Gathering {
  readonly id: number;
  readonly address: string;
  readonly last: number;
}

/**
 * The windows of channels that limit how many addresses gather at once, as one transaction sees them: they are few, and read once. What others
 * open at the same time is not seen, so that the limit may be passed by that.
 */
export class GatheringAddresses {
  private readonly byChannel = new Map<string, Map<number, Gathering>>();

  constructor(private readonly queries: Queries) {}

  isKnown(channel: string): boolean {
    return this.byChannel.has(channel);
  }

  /** What changed of the channel's windows is written. */
  async load(channel: string): Promise<void> {
    const text = 'SELECT message AS id, address, last FROM open_window WHERE channel = $1 AND not_before IS NULL';
    const rows = await this.queries.query<Gathering>(text, [channel]);
    this.byChannel.set(channel, new Map(rows.map((row) => [row.id, row])));
  }

  /** A window opened, or an entry joined it. */
  joined({ id, channel, address, last, notBefore }: OpenWindow): void {
    if (notBefore === undefined) this.byChannel.get(channel)?.set(id, { id, address, last });
  }

  left({ id, channel }: OpenWindow): void {
    this.byChannel.get(channel)?.delete(id);
  }

  active(channel: string): readonly ActiveAddress[] {
    const windows = [...(this.byChannel.get(channel)?.values() ?? [])];
    return [...Map.groupBy(windows, ({ address }) => address)].map(([address, own]) => ({
      address,
      lastEntry: Math.max(...own.map(({ last }) => last)),
    }));
  }

  /** The windows of an address, oldest first. */
  windowsOf(channel: string, of: string): readonly number[] {
    const windows = [...(this.byChannel.get(channel)?.values() ?? [])];
    return windows
      .filter(({ address }) => address === of)
      .map(({ id }) => id)
      .sort((a, b) => a - b);
  }
}
