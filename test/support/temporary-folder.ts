import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endAfterTest } from './resources.js';

/** An empty folder that is removed when the test is over. */
export function temporaryFolder(prefix = 'nestjs-digest-'): string {
  const folder = mkdtempSync(join(tmpdir(), prefix));
  endAfterTest(folder, () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}
