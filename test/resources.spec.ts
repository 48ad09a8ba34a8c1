import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { startChild, startReaper } from './support/child-process.js';
import { endAfterTest, leaveTest } from './support/resources.js';

describe('what a test starts', () => {
  it('is ended with it, the last one first, once, also when another one cannot be ended', async () => {
    const ended: string[] = [];
    const endFirst = endAfterTest('first', () => ended.push('first'));
    endAfterTest('broken', () => Promise.reject(new Error('cannot be ended')));
    endAfterTest('last', () => ended.push('last'));
    await expect(leaveTest()).rejects.toThrow('cannot be ended');
    expect(ended).toEqual(['last', 'first']);
    await endFirst();
    await leaveTest();
    expect(ended).toEqual(['last', 'first']);
  });

  it('is ended as a whole process group', async () => {
    const child = startChild('sh', ['-c', 'sleep 1000 & echo started; wait'], { stdio: ['ignore', 'pipe', 'ignore'] });
    const output = child.stdout!;
    await once(output, 'data');
    const closed = once(output.resume(), 'close');
    await leaveTest();
    // The output closes when nobody has it any more, the sleeping grandchild neither.
    await closed;
    expect(child.signalCode).toBe('SIGKILL');
  });

  it('is killed when the process of the test is gone', async () => {
    const child = spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' });
    const kept = spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' });
    endAfterTest('sleep', () => kept.kill());
    const exited = once(child, 'exit');
    const reaper = startReaper();
    reaper.stdin?.end(`+${child.pid}\n+${kept.pid}\n-${kept.pid}\n`);
    expect(await exited).toEqual([null, 'SIGKILL']);
    expect(kept.signalCode).toBeNull();
  });
});
