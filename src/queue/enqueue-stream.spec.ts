import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { InvalidNotificationError } from '../model/errors.js';
import { type Acceptance, type AcceptResult } from '../storage/notification-store.js';
import { enqueueStream } from './enqueue-stream.js';
import { type NotificationLine } from './notification-line.js';

type Kind = 'good' | 'again' | 'refused' | 'invalid' | 'unreadable';

async function* linesOf(kinds: readonly Kind[]): AsyncGenerator<NotificationLine> {
  for (const [index, kind] of kinds.entries()) {
    yield await Promise.resolve(kind === 'unreadable' ? { line: index + 1, problem: kind } : { line: index + 1, value: kind });
  }
}

function acceptanceOf(kind: unknown): Acceptance {
  if (kind === 'invalid') throw new InvalidNotificationError([{ path: 'type', message: 'is missing' }]);
  return { content: { title: kind } } as unknown as Acceptance;
}

function keep(acceptances: readonly Acceptance[]): Promise<readonly AcceptResult[]> {
  return Promise.resolve(
    acceptances.map(({ content: { title } }) =>
      title === 'refused'
        ? { refused: { reason: 'queue_full', pending: 1, maxPending: 1 } }
        : { notificationId: 'n', deliveries: [{ duplicate: title === 'again' }] as unknown as never },
    ),
  );
}

describe('enqueueStream', () => {
  it('counts every line once, and names the first hundred bad ones in the order of the lines', async () => {
    const kind = fc.constantFrom<Kind>('good', 'again', 'refused', 'invalid', 'unreadable');
    await fc.assert(
      fc.asyncProperty(fc.array(kind, { maxLength: 1_200, size: 'max' }), async (kinds) => {
        const report = await enqueueStream(linesOf(kinds), acceptanceOf, keep, () => new Error('full'));
        const isBad = (one: Kind): boolean => one !== 'good' && one !== 'again';
        const bad = kinds.flatMap((one, index) => (isBad(one) ? [index + 1] : []));
        expect(report.errors.map(({ line }) => line)).toEqual(bad.slice(0, 100));
        expect(report).toMatchObject({
          accepted: kinds.filter((one) => one === 'good').length,
          duplicates: kinds.filter((one) => one === 'again').length,
          rejected: bad.length,
        });
      }),
      { numRuns: 50 },
    );
  });
});
