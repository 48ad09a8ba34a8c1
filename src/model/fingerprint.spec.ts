import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fingerprintText } from './fingerprint.js';
import { type JsonObject, type NotificationContent } from './notification.js';

const content = fc.record(
  {
    type: fc.constantFrom('a', 'b'),
    channel: fc.constantFrom('email', 'slack'),
    title: fc.string({ maxLength: 3 }),
    priority: fc.constantFrom('normal', 'low'),
    body: fc.string({ maxLength: 3 }),
    data: fc.dictionary(fc.string({ maxLength: 2 }), fc.jsonValue({ maxDepth: 2 })) as fc.Arbitrary<JsonObject>,
    groupKey: fc.string({ maxLength: 2 }),
  },
  { requiredKeys: ['type', 'channel', 'title', 'priority'] },
) as fc.Arbitrary<NotificationContent>;
const addresses = fc.uniqueArray(fc.string(), { minLength: 1, maxLength: 4 });

const reversed = <T extends object>(value: T): T => Object.fromEntries(Object.entries(value).reverse()) as T;

it('is the same whatever the order of fields and addresses, and whether an empty body or data is said or not', () => {
  fc.assert(
    fc.property(content, addresses, (said, to) => {
      const text = fingerprintText(said, to);
      expect(fingerprintText(reversed(said), to.toReversed())).toBe(text);
      if (said.data !== undefined) expect(fingerprintText({ ...said, data: reversed(said.data) }, to)).toBe(text);
      const { body, data, ...rest } = said;
      const unsaid = {
        ...rest,
        ...(body === '' || body === undefined ? {} : { body }),
        ...(Object.keys(data ?? {}).length === 0 ? {} : { data }),
      };
      expect(fingerprintText(unsaid as NotificationContent, to)).toBe(text);
      expect(fingerprintText({ body: '', data: {}, ...unsaid }, to)).toBe(text);
    }),
  );
});

it('is another for anything else that was said', () => {
  fc.assert(
    fc.property(content, addresses, fc.constantFrom('title', 'body', 'groupKey'), (said, to, name) => {
      const text = fingerprintText(said, to);
      expect(fingerprintText({ ...said, [name]: `${said[name as 'title'] as string | undefined} more` }, to)).not.toBe(text);
      expect(fingerprintText({ ...said, data: { ...said.data, 'one more': 1 } }, to)).not.toBe(text);
      expect(fingerprintText(said, [...to, 'one more'])).not.toBe(text);
    }),
  );
});
