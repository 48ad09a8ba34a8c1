import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { addressToClose } from './address-limit.js';

it('lets the least recently active address give way, and only past the limit', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 20 }), { maxLength: 200 }), fc.integer({ min: 1, max: 10 }), (arrivals, most) => {
      let open: { readonly address: string; readonly lastEntry: number }[] = [];
      arrivals.forEach((arrival, lastEntry) => {
        const address = `C${arrival}`;
        open = [...open.filter((other) => other.address !== address), { address, lastEntry }];
        const gone = addressToClose(open.toReversed(), most);
        expect(gone).toBe(open.length > most ? open[0]?.address : undefined);
        open = open.filter((other) => other.address !== gone);
        expect(open.length).toBeLessThanOrEqual(most);
      });
    }),
  );
});
