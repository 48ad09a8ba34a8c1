import { type ChildProcess, spawn, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { endAfterTest } from './resources.js';

/**
 * Reads `+ID` and `-ID` of process groups, and kills those that are left when its input ends: also when the test's own process was killed and can
 * do nothing any more.
 */
const REAPER = `/^\\+/ { groups[substr($0, 2)] = 1 } /^-/ { delete groups[substr($0, 2)] } END { for (id in groups) system("kill -KILL -" id) }`;

let reaper: ChildProcess | undefined;

/** Starts a program in its own process group, which ends with the test, and with the test's process in any case. */
export function startChild(program: string, args: readonly string[], options: SpawnOptions = {}): ChildProcess {
  const child = spawn(program, args, { ...options, detached: true });
  const group = child.pid;
  if (group === undefined) return child;
  tell(`+${group}`);
  const end = endAfterTest(`${program} ${args.join(' ')}`, () => endChild(child));
  child.once('exit', () => {
    if (signalGroup(group, 0)) return;
    tell(`-${group}`);
    void end();
  });
  return child;
}

/** Kills a child and all that it started and that is still in its process group; resolves when the child is gone. */
export async function endChild(child: ChildProcess): Promise<void> {
  if (child.pid === undefined) return;
  const exited = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined;
  signalGroup(child.pid, 'SIGKILL');
  tell(`-${child.pid}`);
  await exited;
}

/** Has a process group that a child made for itself, as daemons do, end with the test, and with the test's process in any case. */
export function endGroupAfterTest(name: string, group: number): () => Promise<void> {
  tell(`+${group}`);
  return endAfterTest(name, () => {
    signalGroup(group, 'SIGKILL');
    tell(`-${group}`);
  });
}

/** @returns whether the group still has a process */
function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-group, signal);
  } catch {
    return false;
  }
}

/** Lets the reaper go when a file is over: nothing is left that it would have to kill. */
export async function endReaper(): Promise<void> {
  const ending = reaper;
  reaper = undefined;
  if (ending?.pid === undefined) return;
  const closed = once(ending, 'close');
  ending.ref();
  ending.stdin?.end();
  await closed;
}

function tell(line: string): void {
  reaper ??= startReaper();
  reaper.stdin?.write(`${line}\n`);
}

/** Kills what it was told of when its input ends. */
export function startReaper(): ChildProcess {
  const started = spawn('awk', [REAPER], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  started.on('error', () => undefined);
  started.stdin.on('error', () => undefined);
  started.unref();
  return started;
}
