import { describe, expect, it } from '@jest/globals';
import { type ChaosRecord, type RecordedSend } from './support/chaos-record.js';
import { type Evidence, type Fault, judge } from './support/chaos-verdict.js';

const AT = 1_000_000;
const send = (more: Partial<RecordedSend> = {}): RecordedSend => ({
  instance: 'i1',
  at: AT,
  message: 'm1',
  outcome: 'accepted',
  count: 2,
  most: 8,
  closedBy: 'time',
  dueAt: AT - 10,
  deliveries: 'd1,d2',
  ...more,
});
const fault = (kind: Fault['kind'], instance: string | undefined, from: number, until = from): Fault =>
  instance === undefined ? { kind, from, until } : { kind, instance, from, until };

/** A run in which everything went well: two deliveries in one message, one that was cancelled, one that was rolled back, one by a transaction. */
function evidence({
  record = {},
  ...more
}: Partial<Omit<Evidence, 'record'>> & { readonly record?: Partial<ChaosRecord> } = {}): Evidence {
  return {
    record: {
      answers: new Map([
        ['k1', [{ delivery: 'd1', message: 'm1' }]],
        ['k2', [{ delivery: 'd2', message: 'm1' }]],
        ['k3', [{ delivery: 'd3', message: 'm3' }]],
      ]),
      committed: new Set(['d5']),
      rolledBack: new Set(['d4']),
      cancelled: new Set(['d3']),
      sends: [send(), send({ message: 'm5', deliveries: 'd5', count: 1 })],
      criticalMs: [],
      ...record,
    },
    stored: new Map([
      ['d1', { message: 'm1', state: 'delivered' }],
      ['d2', { message: 'm1', state: 'delivered' }],
      ['d3', { message: 'm3', state: 'cancelled' }],
      ['d5', { message: 'm5', state: 'delivered' }],
    ]),
    faults: [],
    differences: [],
    leftovers: [],
    stops: [],
    ...more,
  };
}

const broken = (found: Evidence): readonly string[] =>
  [...judge(found)].flatMap(([what, { length }]) => (length === 0 ? [] : [what]));
const without = (id: string): Evidence['stored'] => new Map([...evidence().stored].filter(([known]) => known !== id));
const withState = (id: string, message: string, state: 'delivered' | 'queued' | 'sending'): Evidence['stored'] =>
  new Map([...evidence().stored, [id, { message, state }]]);
const { sends } = evidence().record;

describe('the judge of a chaos run', () => {
  it('finds nothing in a run in which everything went well', () => expect(broken(evidence())).toEqual([]));

  it.each<readonly [string, string, Parameters<typeof evidence>[0]]>([
    ['an acknowledged one that is lost', 'G1 what was acknowledged', { stored: without('d5'), record: { sends: [send()] } }],
    [
      'a committed one that is still queued',
      'G1 what was acknowledged',
      { stored: withState('d5', 'm5', 'queued'), record: { sends: [send()] } },
    ],
    ['one that is delivered and was never taken', 'G1 what is delivered', { record: { sends: sends.slice(1) } }],
    [
      'one that was taken and is not delivered',
      'G1 what is delivered',
      { record: { sends: [...sends, send({ message: 'm3', deliveries: 'd3' })], cancelled: new Set() } },
    ],
    ['one in two messages', 'G2 no delivery', { record: { sends: [...sends, send({ message: 'm9', deliveries: 'd1' })] } }],
    [
      'another message than told',
      'G2 the answer',
      { record: { answers: new Map([['k1', [{ delivery: 'd1', message: 'm9' }]]]) } },
    ],
    ['a repeat without a cause', 'G3 every repeat', { record: { sends: [...sends, send({ at: AT + 5, instance: 'i2' })] } }],
    [
      'a repeat after a cut',
      'G3 every repeat',
      { record: { sends: [...sends, send({ at: AT + 5 })] }, faults: [fault('cut', 'i1', AT + 1)] },
    ],
    [
      'a repeat after another instance was killed',
      'G3 every repeat',
      { record: { sends: [...sends, send({ at: AT + 5 })] }, faults: [fault('kill', 'i2', AT + 1)] },
    ],
    [
      'a repeat after a kill that came before',
      'G3 every repeat',
      { record: { sends: [...sends, send({ at: AT + 5 })] }, faults: [fault('kill', 'i1', AT - 1)] },
    ],
    [
      'a repeat long after its result must have been recorded',
      'G3 every repeat',
      { record: { sends: [...sends, send({ at: AT + 90_000 })] }, faults: [fault('kill', 'i1', AT + 80_000)] },
    ],
    [
      'other content',
      'G3 a repeat says',
      { record: { sends: [send({ outcome: 'retry', deliveries: 'd1' }), ...sends.map((one) => ({ ...one, at: AT + 1 }))] } },
    ],
    ['a window that closes early', 'G4', { record: { sends: sends.map((one) => ({ ...one, dueAt: AT + 1_001 })) } }],
    ['a window over its limit', 'no window', { record: { sends: sends.map((one) => ({ ...one, count: 9 })) } }],
    ['counts that differ', 'G7', { differences: ['queued: 1 stored, 2 counted'] }],
    [
      'two answers for a key',
      'one answer',
      {
        record: {
          answers: new Map([
            [
              'k1',
              [
                { delivery: 'd1', message: 'm1' },
                { delivery: 'd2', message: 'm1' },
              ],
            ],
          ]),
        },
      },
    ],
    ['a cancelled one that is sent', 'what was cancelled', { record: { cancelled: new Set(['d1']) } }],
    ['one that was rolled back', 'what was rolled back', { record: { rolledBack: new Set(['d5']) } }],
    ['a claim that is left', 'G9', { leftovers: ['claim: 1'] }],
    ['a stop that failed', 'G9', { stops: ['i1 ended with 1'] }],
  ])('finds %s', (_, rule, change) => {
    expect(broken(evidence(change))).toEqual([expect.stringContaining(rule)]);
  });

  it.each([
    ['a kill of the instance', fault('kill', 'i1', AT + 1)],
    ['a pause of the instance', fault('pause', 'i1', AT - 500, AT + 22_000)],
    ['a crash of the server', fault('crash', undefined, AT + 1, AT + 400)],
  ])('takes %s before the result was recorded for the cause of a repeat', (_, cause) => {
    expect(
      broken(evidence({ record: { sends: [...sends, send({ at: AT + 20_000, instance: 'i2' })] }, faults: [cause] })),
    ).toEqual([]);
  });
});
