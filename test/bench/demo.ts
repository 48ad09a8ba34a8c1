import { SingleBar } from 'cli-progress';
import { followers, generatedEvents } from './events.ts';
import { replay } from './replay.ts';

/** `npm run demo`: a day of a team's events at high speed through the default rules. */
const events = generatedEvents(1);
const readersOf = followers(events, 500);
const bar = new SingleBar({ format: '  {bar} {value}/{total} events', clearOnComplete: true });
console.log(`A day of ${events.length} events for 500 readers, through the default rules:`);
bar.start(events.length, 0);
const startedAt = performance.now();
const volumes = await replay(events, readersOf, [], () => bar.increment());
bar.stop();
const seconds = (performance.now() - startedAt) / 1_000;

let [all, sent] = [0, 0];
for (const [type, { deliveries, messages }] of [...volumes].sort()) {
  all += deliveries;
  sent += messages;
  print(type, deliveries, messages);
}
print('all', all, sent);
console.log(`In ${seconds.toFixed(1)} s. See docs/windows.md to choose your own windows.`);

function print(type: string, deliveries: number, messages: number): void {
  const fewer = `${Math.round((1 - messages / deliveries) * 100)} % fewer`;
  const columns = [
    type.padEnd(18),
    `${deliveries.toLocaleString('en')} in`.padStart(10),
    `${messages.toLocaleString('en')} out`.padStart(12),
  ];
  console.log(`  ${columns.join(' ')}   ${fewer}`);
}
