import { once } from 'node:events';
import { expect, it } from '@jest/globals';
import { startChild } from '../support/child-process.js';
import { timeLimitMs } from '../support/time-limit.js';

/** A thousand requests of another seed each time; the output names the seed and every failure. `npm run fuzz` sends twenty thousand. */
it(
  'no mutated request is answered with 5xx, late, or in another form than a problem, and G7 the counts add up',
  async () => {
    const child = startChild(process.execPath, ['--no-warnings', 'test/fuzz/main.ts', '--requests', '1000'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const output: string[] = [];
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => output.push(text));
    const [code] = (await once(child, 'close')) as [number | null];
    expect(code === 0 ? '' : output.join('')).toBe('');
  },
  timeLimitMs(5),
);
