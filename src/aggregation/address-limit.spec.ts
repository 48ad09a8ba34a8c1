import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { NotificationEvents } from '../model/notification-events.js';
import { resolveOptions } from '../config/resolve.js';
import { AddressLimit } from './address-limit.js';

it('lets the least recently active give way, and keeps to the limit', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 20 }), { maxLength: 200 }), fc.integer({ min: 1, max: 10 }), (arrivals, most) => {
      const limit = new AddressLimit(new NotificationEvents(), resolveOptions({}, { SLACK_MAX_CHANNELS: String(most) }));
      let open: string[] = [];
      for (const arrival of arrivals) {
        const address = `C${arrival}`;
        open = [...open.filter((other) => other !== address), address];
        const gone = limit.gathers('slack', address);
        expect(gone).toBe(open.length > most ? open[0] : undefined);
        if (gone !== undefined) open.shift();
        expect(open.length).toBeLessThanOrEqual(most);
      }
    }),
  );
});
