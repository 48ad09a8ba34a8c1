import { readdir } from 'node:fs/promises';
import { Logger } from '@nestjs/common';

/** `npm run bench -- NAME …`: runs one benchmark, or all. A benchmark prints; it never passes or fails. */
const SUFFIX = '.bench.ts';
const names = (await readdir(import.meta.dirname))
  .filter((file) => file.endsWith(SUFFIX))
  .map((file) => file.slice(0, -SUFFIX.length))
  .sort();

// What a benchmark started is ended by its handlers of `exit`, which a signal does not call.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
Logger.overrideLogger(['error', 'fatal']);
const [name, ...args] = process.argv.slice(2);
const chosen = name === undefined ? names : names.filter((known) => known === name);
if (chosen.length === 0) {
  console.error(`there is no benchmark ${name}; there are ${names.join(', ')}`);
  process.exitCode = 1;
}
for (const bench of chosen) {
  // A part of a benchmark in its own process says nothing.
  if (process.send === undefined) console.log(`\n${bench}`);
  const { run } = (await import(`./${bench}${SUFFIX}`)) as { run: (args: readonly string[]) => Promise<void> };
  await run(args);
}
