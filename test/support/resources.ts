import { timeLimitMs } from './time-limit.js';

/** Something that a test started: a server, an application, a process, a folder. */
interface Resource {
  readonly name: string;
  readonly end: () => Promise<void>;
}

const open = { file: new Set<Resource>(), test: new Set<Resource>() };
let scope: 'file' | 'test' | 'over' = 'file';

/**
 * Has something ended when the test is over that started it, however the test ends (when it is started outside of a test: when the file is over).
 * The last one started is ended first.
 *
 * @param name shown when ending it fails or hangs
 * @returns ends it now; calling it again waits for the first call and ends nothing twice
 */
export function endAfterTest(name: string, end: () => unknown): () => Promise<void> {
  let ended: Promise<void> | undefined;
  const resource: Resource = {
    name,
    end: () => {
      open.test.delete(resource);
      open.file.delete(resource);
      return (ended ??= Promise.resolve(end()).then(() => undefined));
    },
  };
  // A test that ran into its time limit goes on in the background: what it starts when its file is over is ended at once.
  if (scope === 'over') void resource.end().catch(() => undefined);
  else open[scope].add(resource);
  return resource.end;
}

/** What is started from here on belongs to a test. */
export function enterTest(): void {
  scope = 'test';
}

/** Ends what the test left open, and what it starts late belongs to the file. */
export async function leaveTest(): Promise<void> {
  scope = 'file';
  await endAll(open.test);
}

/** Ends everything. */
export async function leaveFile(): Promise<void> {
  scope = 'over';
  await endAll(open.test);
  await endAll(open.file);
}

async function endAll(resources: Set<Resource>): Promise<void> {
  const failures: unknown[] = [];
  for (const resource of [...resources].reverse()) {
    await withinLimit(resource).catch((error: unknown) => failures.push(error));
  }
  if (failures.length > 0) throw new AggregateError(failures, failures.map(String).join('\n'));
}

/** One that hangs does not keep the others from being ended. */
async function withinLimit({ name, end }: Resource): Promise<void> {
  const limitMs = timeLimitMs(0.5);
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`${name} did not end within ${limitMs} ms`)), limitMs);
  try {
    await Promise.race([end(), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
