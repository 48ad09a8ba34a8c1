/** An address with open windows. */
export interface ActiveAddress {
  readonly address: string;
  /** Grows with each entry that joined one of its open windows. */
  readonly lastEntry: number;
}

/**
 * The address whose windows close early so that a channel keeps to its limit: the least recently active one. Undefined while the limit
 * holds. Windows that wait for a `sendAt` do not count: they cannot close early.
 */
export function addressToClose(active: readonly ActiveAddress[], maxAddresses: number): string | undefined {
  if (active.length <= maxAddresses) return undefined;
  return active.reduce((least, one) => (one.lastEntry < least.lastEntry ? one : least)).address;
}
