import { type Acceptance } from './notification-store.js';

/** The channels of a notification, one acceptance each. */
export function partsOf<Part>(acceptance: Part & { readonly also?: readonly Part[] }): readonly Part[] {
  return acceptance.also === undefined ? [acceptance] : [acceptance, ...acceptance.also];
}

/** How many deliveries a notification has. */
export function deliveryCount(acceptance: Pick<Acceptance, 'addresses' | 'also'>): number {
  const { addresses, also = [] } = acceptance;
  return also.reduce((sum, part) => sum + part.addresses.length, addresses.length);
}
