import { type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { endChild, startChild } from './child-process.js';
import { freePort } from './free-port.js';
import { listening } from './listening.js';
import { temporaryFolder } from './temporary-folder.js';

/** A mail as the sink took it. */
export interface SunkByBdat {
  readonly from: string;
  readonly to: readonly string[];
  /** Octets as Latin-1, without a second dot. */
  readonly raw: string;
}

/** The project's sink that announces CHUNKING, in its own process; see `bdat-sink-program.ts`. */
export class BdatSink {
  private constructor(
    readonly port: number,
    private readonly process: ChildProcess,
    private readonly dump: string,
  ) {}

  static async start(args: readonly string[] = []): Promise<BdatSink> {
    const port = await freePort();
    const dump = join(temporaryFolder('bdat-sink-'), 'mails');
    const program = fileURLToPath(new URL('bdat-sink-program.ts', import.meta.url));
    const child = startChild(process.execPath, ['--no-warnings', program, String(port), `--dump=${dump}`, ...args], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    await listening(port, child);
    return new BdatSink(port, child, dump);
  }

  get url(): string {
    return `smtp://127.0.0.1:${this.port}`;
  }

  /** What it took so far, in order. */
  async mails(): Promise<readonly SunkByBdat[]> {
    if (!existsSync(this.dump)) return [];
    const lines = (await readFile(this.dump, 'utf8')).split('\n').filter((line) => line !== '');
    return lines.map((line) => JSON.parse(line) as SunkByBdat);
  }

  /** Ends it now; otherwise it ends with the test. */
  stop(): Promise<void> {
    return endChild(this.process);
  }
}
