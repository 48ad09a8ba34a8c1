import { type AggregationRule } from '../../dist/config/options.js';
import { benchEvents, followers } from './events.ts';
import { replay } from './replay.ts';

const READERS = 200;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const CHOICES: Readonly<Record<string, readonly AggregationRule[]>> = {
  'the default rules': [],
  '15 min, at most 10': [{ windowMs: 15 * MINUTE, maxCount: 10 }],
  '1 h, at most 50': [{ windowMs: HOUR, maxCount: 50 }],
  'the first at once, then 1 h': [{ windowMs: HOUR, maxCount: 50, leading: true }],
  'sliding 30 min, at most 4 h': [{ mode: 'sliding', windowMs: 30 * MINUTE, maxWaitMs: 4 * HOUR, maxCount: 50 }],
  'every day at nine': [{ windowMs: 24 * HOUR, maxCount: 1_000, schedule: { cron: '0 9 * * *', timeZone: 'UTC' } }],
};

/**
 * `npm run bench -- volume [FILE]`: by how much messages are fewer than deliveries, and what readers wait for it. FILE has an event
 * a line as JSON: `{ at, source, actor, kind, title }`.
 */
export async function run(args: readonly string[]): Promise<void> {
  const events = await benchEvents(args[0]);
  const readersOf = followers(events, READERS);
  console.log(`  ${events.length} events for ${READERS} readers with uneven interests`);
  for (const [name, rules] of Object.entries(CHOICES)) {
    console.log(`\n  ${name}`);
    console.log('    type                deliveries   messages   fewer   delay p50      p95');
    for (const [type, { deliveries, messages, delays }] of [...(await replay(events, readersOf, rules))].sort()) {
      delays.sort((a, b) => a - b);
      const columns = [
        type.padEnd(18),
        deliveries.toLocaleString('en').padStart(11),
        messages.toLocaleString('en').padStart(10),
        `${Math.round((1 - messages / deliveries) * 100)} %`.padStart(7),
        span(delays[Math.floor(delays.length * 0.5)] ?? 0).padStart(11),
        span(delays[Math.floor(delays.length * 0.95)] ?? 0).padStart(8),
      ];
      console.log(`    ${columns.join(' ')}`);
    }
  }
}

function span(ms: number): string {
  return ms < HOUR ? `${Math.round(ms / MINUTE)} min` : `${(ms / HOUR).toFixed(1)} h`;
}
