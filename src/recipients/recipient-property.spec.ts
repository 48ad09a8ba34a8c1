import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { sqliteUnderTest } from '../../test/support/sqlite-under-test.js';
import { timeLimitMs } from '../../test/support/time-limit.js';
import { type Frequency, type Preferences, type TenantChoices } from '../model/recipient.js';
import { memoryUnderTest } from '../storage/memory/memory-under-test.conformance.js';
import { MAX_WINDOW_COUNT } from '../config/limits.js';
import { type OpenStore, StoreBench } from '../storage/store-bench.conformance.js';
import { RecipientBench, utc } from './recipient-bench.conformance.js';
import { nameOf, RecipientReference, type Said } from './recipient-reference.conformance.js';

/** `RECIPIENT_RUNS=5000 npm run test:only -- recipient-property` looks longer. */
const RUNS = Number(process.env['RECIPIENT_RUNS'] ?? 25);
const MINUTES_PER_RUN = 0.05;
const START = utc('10:00:00');
const REQUIRED = ['security'];

const frequency = fc.constantFrom<Frequency[]>('immediate', 'default', 'off', 'hourly', 'daily', 'weekly', {
  windowMs: 1_200_000,
});
const type = fc.constantFrom('comment', 'alert', 'security');
const channel = fc.constantFrom('email', 'slack');
const choice = fc.record({ type, channel, frequency, together: fc.boolean() }, { requiredKeys: ['frequency'] });
const hours = fc.constantFrom(
  { from: '07:00', to: '22:00' },
  { days: [1, 2, 3, 4, 5] as const, from: '09:00', to: '17:00' },
  { from: '22:00', to: '07:00' },
);
const preferences: fc.Arbitrary<Preferences> = fc.record(
  {
    choices: fc.uniqueArray(choice, { maxLength: 3, selector: (one) => `${one.type} ${one.channel}` }),
    hours: fc.array(hours, { maxLength: 2 }),
    mutedUntil: fc.integer({ min: 0, max: 3_000 }).map((minutes) => new Date(START + minutes * 60_000).toISOString()),
    mutedKeys: fc.constantFrom(['post-7'], []),
    digestAt: fc.constantFrom('09:00', '18:00', '23:30'),
    digestOn: fc.constantFrom(1, 3, 7),
  },
  { requiredKeys: [] },
);
const tenant: fc.Arbitrary<TenantChoices | undefined> = fc.option(
  fc.record({
    choices: fc.array(fc.record({ type, channel, frequency, locked: fc.boolean() }, { requiredKeys: ['frequency'] }), {
      maxLength: 2,
    }),
  }),
  { nil: undefined },
);
const step = fc.record(
  {
    channel: fc.constantFrom('email', 'slack', 'sse'),
    afterMs: fc.constantFrom(60_000, 1_800_000, 7_200_000),
    unless: fc.constant('read' as const),
  },
  { requiredKeys: ['channel'] },
);
const accept = fc.record({
  what: fc.constant('accept' as const),
  steps: fc.uniqueArray(step, { minLength: 1, maxLength: 3, selector: (one) => one.channel }),
  said: fc.record({ type, groupKey: fc.constantFrom('post-7', 'post-8'), critical: fc.boolean() }, { requiredKeys: ['type'] }),
});
const event = fc.oneof(
  { weight: 8, arbitrary: accept },
  { weight: 3, arbitrary: fc.record({ what: fc.constant('change' as const), preferences }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('tenant' as const), tenant }) },
  {
    weight: 2,
    arbitrary: fc.record({ what: fc.constant('read' as const), groupKey: fc.constantFrom('post-7', 'post-8', undefined) }),
  },
  { weight: 1, arbitrary: fc.constant({ what: 'sleep' as const }) },
  { weight: 1, arbitrary: fc.constant({ what: 'suppress' as const }) },
);
const schedule = fc.array(fc.tuple(fc.integer({ min: 0, max: 900 }), event), { minLength: 1, maxLength: 20 });

/** Does the same to a store and to the reference, and compares what was sent, what waits and how every delivery stands. */
class Run {
  private readonly reference = new RecipientReference(REQUIRED);
  private readonly ids = new Map<string, string>();
  private readonly bench: RecipientBench;
  private preferences: Preferences = {};
  private tenant: TenantChoices | undefined;
  private now = START;

  constructor(private readonly on: StoreBench) {
    this.bench = new RecipientBench(() => on, { rule: { maxCount: MAX_WINDOW_COUNT }, required: REQUIRED, crashes: true });
  }

  async play(events: readonly (readonly [number, ScheduledEvent])[]): Promise<void> {
    for (const [index, [minutes, what]] of events.entries()) {
      this.now += minutes * 60_000;
      await this.playOne(what, `n${index}`);
      await this.compare();
    }
    await this.bench.pass(isoOf(this.now + 40 * 86_400_000));
    this.reference.pass(this.now + 40 * 86_400_000);
    await this.compare();
  }

  private async playOne(what: ScheduledEvent, title: string): Promise<void> {
    const { now, reference, bench } = this;
    const at = isoOf(now);
    switch (what.what) {
      case 'accept': {
        const { critical, ...rest } = what.said;
        const contents = what.steps.map(({ afterMs, unless, ...one }) => ({
          ...rest,
          ...one,
          ...(afterMs === undefined ? {} : { afterMs, ...(unless === undefined ? {} : { unless }) }),
        }));
        const priority = critical === true ? 'critical' : 'normal';
        const ids = await bench.acceptOn(
          contents.map((content) => ({ ...content, priority })),
          at,
          title,
        );
        contents.forEach((content, index) => {
          const said: Said = { ...content, title, critical: critical === true };
          reference.accept(now, said);
          this.ids.set(nameOf(said), ids[index] ?? '');
        });
        break;
      }
      case 'change':
        this.preferences = what.preferences;
        await bench.change(at, what.preferences);
        reference.change(now, this.preferences, this.tenant);
        break;
      case 'tenant':
        this.tenant = what.tenant;
        await bench.changeTenant(at, what.tenant);
        reference.change(now, this.preferences, this.tenant);
        break;
      case 'read':
        await bench.read(at, { groupKey: what.groupKey });
        reference.read(now, what.groupKey);
        break;
      case 'sleep':
        await bench.sleep(at);
        reference.pass(now, true);
        break;
      case 'suppress':
        await bench.suppress(at);
        reference.suppress(now);
    }
  }

  private async compare(): Promise<void> {
    const { sent } = this.bench;
    expect(sent.map((one) => one.join(' | ')).toSorted()).toEqual(this.reference.sent.map((one) => one.join(' | ')).toSorted());
    const states = new Map<string, string>();
    for (const [name, id] of this.ids) {
      const state = await this.bench.stateOf(id);
      states.set(name, state === 'queued' ? 'gathering' : state);
    }
    expect(Object.fromEntries(states)).toEqual(Object.fromEntries(this.reference.states));
    await this.on.expectToAddUp();
  }
}

type ScheduledEvent = typeof event extends fc.Arbitrary<infer Value> ? Value : never;

function isoOf(at: number): string {
  return new Date(at).toISOString().slice(0, -1);
}

describe('whatever people prefer and read', () => {
  it.each<[name: string, open: OpenStore]>([
    ['memory', memoryUnderTest],
    ['SQLite', sqliteUnderTest],
  ])(
    'what comes and when is what a plain calculation says, over crashes: %s',
    async (_, open) => {
      const run = fc.asyncProperty(schedule, async (events) => {
        const on = await StoreBench.open(open);
        try {
          await new Run(on).play(events);
        } finally {
          await on.discard();
        }
      });
      await fc.assert(run, { numRuns: RUNS });
    },
    timeLimitMs(5 + RUNS * MINUTES_PER_RUN),
  );
});
