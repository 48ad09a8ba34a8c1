import { type SuppressionReason } from '../../model/suppression.js';
import { suppressionKey } from '../suppression-store.js';
import { hashOf, plainHash } from './hash.js';
import { type Queries } from './transaction.js';

interface Reason {
  readonly hash: string;
  readonly reason: SuppressionReason;
  readonly until: number | null;
}

/** An address of a channel. */
export interface ChannelAddress {
  readonly channel: string;
  readonly address: string;
}

/** Why addresses are suppressed, of those that this transaction asked for. */
export class SuppressedAddresses {
  private readonly found = new Map<string, Reason[]>();

  constructor(private readonly queries: Queries) {}

  async load(addresses: readonly ChannelAddress[]): Promise<void> {
    const hashes = [...new Set(addresses.map(({ channel, address }) => suppressionHash(channel, address)))];
    if (hashes.length === 0) return;
    const rows = await this.queries.query<Reason>(
      'SELECT hash, reason, until FROM suppression WHERE hash = ANY($1::uuid[]) AND removed_at IS NULL',
      [hashes],
    );
    for (const row of rows) {
      const hash = plainHash(row.hash);
      this.found.set(hash, [...(this.found.get(hash) ?? []), row]);
    }
  }

  /** Why an address that was loaded is suppressed at `now`. */
  reasonsOf({ channel, address }: ChannelAddress, now: number): readonly SuppressionReason[] {
    if (this.found.size === 0) return [];
    const found = this.found.get(suppressionHash(channel, address)) ?? [];
    return found.filter(({ until }) => until === null || until > now).map(({ reason }) => reason);
  }
}

export function suppressionHash(channel: string, address: string): string {
  return hashOf(suppressionKey(channel, address));
}
