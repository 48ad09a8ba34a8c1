import { afterAll, afterEach, beforeAll, beforeEach, expect } from '@jest/globals';
import { endReaper } from './child-process.js';
import { enterTest, leaveFile, leaveTest } from './resources.js';

/** Kinds of handles that keep a process alive and that a file must not leave behind, as Node names them. */
const HANDLES = ['TCPServerWrap', 'PipeServerWrap', 'ProcessWrap'];
/** How long a handle that was closed may take to be gone. */
const GONE_WITHIN_MS = 10_000;
const LOOK_EVERY_MS = 20;

let before: readonly string[] = [];

beforeAll(() => {
  before = handles();
});
beforeEach(enterTest);
afterEach(leaveTest);
afterAll(async () => {
  await leaveFile();
  await endReaper();
  for (let waitedMs = 0; handles().length > before.length && waitedMs < GONE_WITHIN_MS; waitedMs += LOOK_EVERY_MS) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  // A server or a process that is left open would keep Jest from ending.
  if (handles().length > before.length) expect({ leftOpen: handles() }).toEqual({ leftOpen: before });
});

function handles(): readonly string[] {
  return process.getActiveResourcesInfo().filter((kind) => HANDLES.includes(kind));
}
