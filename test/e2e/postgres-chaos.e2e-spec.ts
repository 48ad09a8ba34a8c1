import { expect, it } from '@jest/globals';
import { judge, repeats } from '../support/chaos-verdict.js';
import { PostgresChaos } from '../support/postgres-chaos.js';
import { timeLimitMs } from '../support/time-limit.js';

/** `npm run chaos -- postgres MINUTES` takes longer, and prints what it found. */
const MINUTES = Number(process.env['CHAOS_MINUTES'] ?? 0.15);
const SEED = Number(process.env['CHAOS_SEED'] ?? 20_261_124);
const IS_LONG = process.env['CHAOS_MINUTES'] !== undefined;

it(
  'G1 G2 G3 G7 instances on PostgreSQL lose nothing and send nothing from two messages, whatever is killed, paused, cut or crashes',
  async () => {
    const chaos = await PostgresChaos.start({
      lengthMs: MINUTES * 60_000,
      seed: SEED,
      crashEveryMs: IS_LONG ? 25_000 : 9_000,
      pauseMs: IS_LONG ? 22_000 : 2_000,
    });
    const evidence = await chaos.run();
    const verdict = judge(evidence);
    const { record, stored, faults } = evidence;
    const accepted = record.sends.filter(({ outcome }) => outcome === 'accepted');
    if (IS_LONG) {
      const states = Map.groupBy(stored.values(), ({ state }) => state);
      const kinds = Map.groupBy(faults, ({ kind }) => kind);
      const counted = (groups: ReadonlyMap<string, readonly unknown[]>): string =>
        [...groups].map(([name, { length }]) => `${name} ${length}`).join(', ');
      const lines = [
        `seed ${SEED}, ${MINUTES} min; faults: ${counted(kinds)}`,
        `acknowledged ${record.answers.size}, and in transactions ${record.committed.size}; stored ${stored.size}: ${counted(states)}`,
        `the receiver took ${accepted.length} messages, ${repeats(accepted).length} of them again`,
        `critical ones, acceptance to sending: p50 ${quantile(record.criticalMs, 0.5)} ms, p99 ${quantile(record.criticalMs, 0.99)} ms`,
        ...[...verdict].map(([what, problems]) => `${problems.length === 0 ? 'holds ' : 'BROKEN'} ${what}`),
      ];
      process.stdout.write(`${lines.join('\n')}\n`);
    }
    expect(Object.fromEntries([...verdict].map(([what, problems]) => [what, problems.slice(0, 10)]))).toEqual(
      Object.fromEntries([...verdict.keys()].map((what) => [what, []])),
    );
    // The run is worth something only if there was something to lose.
    expect(accepted.length).toBeGreaterThan(100);
    expect(faults.some(({ kind }) => kind === 'crash')).toBe(true);
  },
  timeLimitMs(10 + 5 * MINUTES),
);

function quantile(ascending: readonly number[], share: number): number {
  return ascending[Math.min(ascending.length - 1, Math.floor(ascending.length * share))] ?? 0;
}
