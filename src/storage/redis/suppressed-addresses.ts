import { type SuppressionReason } from '../../model/suppression.js';
import { holdsAt, suppressionKey, type SuppressionRecord } from '../suppression-store.js';
import { hashOf } from './keys.js';
import { type Tx } from './tx.js';

/** A record with its number, which grows with each that begins. */
export type NumberedSuppression = SuppressionRecord & { readonly number: number };

export interface ChannelAddress {
  readonly channel: string;
  readonly address: string;
}

/** The field of `sup` that holds the suppressions of an address. */
export function suppressionField({ channel, address }: ChannelAddress): string {
  return hashOf(suppressionKey(channel, address));
}

export function suppressionsIn(stored: string | undefined): readonly NumberedSuppression[] {
  return stored === undefined ? [] : (JSON.parse(stored) as readonly NumberedSuppression[]);
}

/** Why addresses are suppressed: it is the same when the transaction is written. */
export class SuppressedAddresses {
  constructor(private readonly tx: Tx) {}

  async load(addresses: readonly ChannelAddress[]): Promise<void> {
    await this.tx.load(addresses.map((address) => ['sup', suppressionField(address)]));
  }

  /** Of an address that is loaded. */
  reasonsOf(address: ChannelAddress, now: number): readonly SuppressionReason[] {
    const stored = this.tx.peek('sup', suppressionField(address));
    if (stored === undefined) return [];
    return suppressionsIn(stored)
      .filter((record) => holdsAt(record, now))
      .map(({ reason }) => reason);
  }
}
