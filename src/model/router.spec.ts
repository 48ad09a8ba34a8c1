import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { PRIORITIES } from './notification.js';
import { routeOf } from './router.js';

describe('routeOf', () => {
  it('takes the first of immediate, aggregate, batch and individual that applies', () => {
    const facts = fc.record({ priority: fc.constantFrom(...PRIORITIES), aggregates: fc.boolean(), batches: fc.boolean() });
    fc.assert(
      fc.property(facts, ({ priority, aggregates, batches }) => {
        const route = routeOf({ priority, aggregates, batches });
        expect(route === 'immediate').toBe(priority === 'critical');
        expect(route === 'aggregate').toBe(priority !== 'critical' && aggregates);
        expect(route === 'batch').toBe(priority !== 'critical' && !aggregates && batches);
        expect(route === 'individual').toBe(priority !== 'critical' && !aggregates && !batches);
      }),
    );
  });
});
