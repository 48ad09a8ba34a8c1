import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { Disk, LEFT_OVERS, type LeftOver } from './disk.ts';
import { ensureProgram } from '../support/provision.ts';
import { Promises } from './promises.ts';
import { readTrace, type TraceEvent } from './trace.ts';

/**
 * `npm run power-cut`: records the writes and syncs of a real run of the store, rebuilds its files as a power failure at many times would leave
 * them, and opens each. G1: nothing that was acknowledged may be lost, and nothing corrupt. The same with syncs ignored has to fail, or this
 * test could not. POWER_CUT_SEED repeats a run; POWER_CUT_TIMES is the number of power failures (40).
 */
const TIMES = Number(process.env['POWER_CUT_TIMES'] ?? 40);
const SEED = Number(process.env['POWER_CUT_SEED'] ?? Date.now() % 2 ** 31);
const RUN_MS = 300_000;
const LATER = 1_900_000_000_000;
/** With the headers of the C library, which its package only recommends. */
const GCC = ensureProgram('gcc', { package: 'gcc libc6-dev' });

const folder = mkdtempSync(join(tmpdir(), 'power-cut-'));
try {
  const root = join(folder, 'disk');
  const store = join(root, 'new', 'directory', 'store.db');
  const events = record(root, store);
  const syncs = events.filter(({ kind }) => kind === 'sync').length;
  const writes = events.filter(({ kind }) => kind === 'write').length;
  console.log(
    `seed ${SEED}: ${writes} writes, ${syncs} syncs, ${events.filter(isCopiedBack).length} writes into the file itself`,
  );
  const kept = await cutAt(events, root, store, true);
  console.log(`${kept.images} images, ${kept.promises} promises looked up: ${kept.broken.length} broken`);
  for (const line of kept.broken.slice(0, 20)) console.log(`  ${line}`);
  const ignored = await cutAt(events, root, store, false);
  console.log(`with syncs ignored: ${ignored.failed} of ${ignored.images} images are broken, as they have to be`);
  if (kept.promises === 0) throw new Error('nothing was promised, so that nothing could be broken');
  if (ignored.failed === 0) throw new Error('a disk that ignores syncs breaks nothing: this test proves nothing');
  if (kept.broken.length > 0) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true });
}

/** Runs the workload with the recorder in it. */
function record(root: string, store: string): readonly TraceEvent[] {
  const library = join(folder, 'recorder.so');
  const trace = join(folder, 'trace');
  mkdirSync(root);
  compile(library);
  const { status, stderr } = spawnSync(process.execPath, ['--no-warnings', join(import.meta.dirname, 'workload.ts'), store], {
    env: { ...process.env, LD_PRELOAD: library, POWER_CUT_ROOT: root, POWER_CUT_TRACE: trace },
    timeout: RUN_MS,
  });
  if (status !== 0) throw new Error(`the recorded process failed (${status}): ${String(stderr)}`);
  return readTrace(trace);
}

function compile(library: string): void {
  const source = join(import.meta.dirname, 'recorder.c');
  execFileSync(GCC, ['-shared', '-fPIC', '-O2', '-Wall', '-o', library, source, '-ldl', '-lpthread']);
}

function isCopiedBack(event: TraceEvent): boolean {
  return event.kind === 'write' && event.path.endsWith('store.db');
}

async function cutAt(events: readonly TraceEvent[], root: string, store: string, keepsSyncs: boolean) {
  const random = randomFrom(SEED);
  const disk = new Disk(root, keepsSyncs);
  const promises = new Promises();
  const times = new Set(Array.from({ length: TIMES }, () => Math.floor(random() * events.length)));
  // The most is at stake while the log is copied back, and right after a promise.
  const copied = events.flatMap((event, index) => (isCopiedBack(event) ? [index] : []));
  for (let i = 0; i < TIMES / 4; i++) times.add(copied[Math.floor(random() * copied.length)] ?? 0);
  const noted = events.flatMap((event, index) => (event.kind === 'note' ? [index] : []));
  for (let i = 0; i < TIMES / 4; i++) times.add(noted[Math.floor(random() * noted.length)] ?? 0);
  times.add(events.length - 1);
  const result = { images: 0, failed: 0, promises: 0, broken: [] as string[] };
  for (const [index, event] of events.entries()) {
    disk.apply(event);
    if (event.kind === 'note') promises.add(event.text);
    if (!times.has(index)) continue;
    const leftOvers: readonly LeftOver[] = keepsSyncs ? LEFT_OVERS : ['some'];
    for (const left of leftOvers) {
      const image = join(folder, 'image');
      mkdirSync(image);
      disk.writeImage(image, left, random);
      const broken = await promises.brokenBy(join(image, relative(root, store)), LATER);
      result.images++;
      result.promises += promises.count;
      if (broken.length > 0) result.failed++;
      result.broken.push(
        ...broken.map((line) => `after event ${index} of ${events.length} (${event.kind}), ${left} of the rest: ${line}`),
      );
      rmSync(image, { recursive: true });
    }
  }
  return result;
}

/** Mulberry32, by Tommy Ettinger: uniform in [0, 1). */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
