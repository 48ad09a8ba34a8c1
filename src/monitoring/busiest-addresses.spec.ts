import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type AddressLoad } from '../storage/notification-store.js';
import { BusiestAddresses } from './busiest-addresses.js';

it('keeps the addresses with the most deliveries, whatever parts they come in', () => {
  const parts = fc.array(fc.array(fc.nat(20), { minLength: 1, maxLength: 4 }), { maxLength: 30 });
  fc.assert(
    fc.property(parts, fc.integer({ min: 1, max: 8 }), (addresses, limit) => {
      const busiest = new BusiestAddresses(limit);
      addresses.forEach((counts, index) => {
        for (const deliveries of counts) busiest.add(load(String(index), deliveries));
      });
      const totals = addresses.map((counts) => counts.reduce((sum, count) => sum + count, 0));
      const expected = totals.toSorted((a, b) => b - a).slice(0, limit);
      expect(busiest.view().map(({ deliveries }) => deliveries)).toEqual(expected);
    }),
  );
});

function load(address: string, deliveries: number): AddressLoad {
  return { address, messages: 1, deliveries, pending: 0, lastActivityAt: 1 };
}
