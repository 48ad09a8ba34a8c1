import { execFile } from 'node:child_process';
import { copyFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { AppProcess } from '../support/app-process.js';
import { AUTHORIZED, CANARIES } from '../support/canaries.js';
import { ONE_REQUEST } from '../support/one-request.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { timeLimitMs } from '../support/time-limit.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MODULES = join(ROOT, 'node_modules');
const run = promisify(execFile);
const COMPILER_OPTIONS = {
  module: 'nodenext',
  target: 'es2023',
  lib: ['es2023', 'dom', 'dom.iterable'],
  types: ['node'],
  strict: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: true,
};

describe('a client that a public generator made of the description of the API', () => {
  it(
    'compiles, and does with a running application what an application needs',
    async () => {
      const app = await AppProcess.start({ STORE_PATH: ':memory:' });
      const folder = temporaryFolder();
      const response = await fetch(`${app.base}/docs/json`, { headers: { ...AUTHORIZED, ...ONE_REQUEST } });
      expect(response.status).toBe(200);
      writeFileSync(join(folder, 'api.json'), await response.text());
      writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
      writeFileSync(
        join(folder, 'tsconfig.json'),
        JSON.stringify({ compilerOptions: COMPILER_OPTIONS, files: ['application.ts'] }),
      );
      symlinkSync(MODULES, join(folder, 'node_modules'));
      copyFileSync(join(ROOT, 'test/documents/generated-client.ts'), join(folder, 'application.ts'));
      const node = async (...args: readonly string[]): Promise<string> => {
        try {
          return (await run(process.execPath, args, { cwd: folder, env: {} })).stdout;
        } catch (error) {
          // The compiler writes what is wrong to its output.
          const { stdout, stderr } = error as { readonly stdout: string; readonly stderr: string };
          throw new Error(stdout + stderr, { cause: error });
        }
      };
      const generator = join(MODULES, '@hey-api/openapi-ts/bin/run.js');
      await node(generator, '-i', 'api.json', '-o', 'client', '-c', '@hey-api/client-fetch', '--no-log-file');
      expect(await node(join(MODULES, 'typescript/bin/tsc'), '-p', '.')).toBe('');
      expect(await node('application.js', new URL(app.base).origin, CANARIES.apiToken)).toBe('the client works\n');
      expect(await app.stop('SIGTERM')).toBe(0);
    },
    timeLimitMs(3),
  );
});
