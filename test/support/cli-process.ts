import { type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { startChild } from './child-process.js';

/** `nestjs-digest` in its own process, from `dist/`. */
export class CliProcess {
  private constructor(
    private readonly child: ChildProcess,
    private readonly said: { out: string; error: string },
    private readonly closed: Promise<readonly [number | null]>,
  ) {}

  static start(args: readonly string[], variables: Readonly<Record<string, string>> = {}): CliProcess {
    const child = startChild(process.execPath, ['--no-warnings', 'dist/cli.js', ...args], {
      env: { PATH: process.env['PATH'], NO_COLOR: '1', ...variables },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const said = { out: '', error: '' };
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (said.out += text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (said.error += text));
    return new CliProcess(child, said, once(child, 'close') as Promise<[number | null]>);
  }

  /** What it has printed. */
  get printed(): { readonly out: string; readonly error: string } {
    return this.said;
  }

  /** Resolves with what it printed that matches; fails when it ends without. */
  async prints(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(this.said.out);
      if (found !== null) return found;
      const ended = await Promise.race([this.closed, once(this.child.stdout ?? this.child, 'data').then(() => undefined)]);
      if (ended === undefined) continue;
      throw new Error(`the command ended with ${ended[0]}:\n${this.said.out}${this.said.error}`);
    }
  }

  /** Resolves with the exit code when it has ended by itself. */
  async ended(): Promise<number | null> {
    const [code] = await this.closed;
    return code;
  }

  get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** Ends it as `kill -9` does; resolves when it has ended. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.closed;
  }

  /** Asks it to stop; resolves with the exit code. */
  stop(): Promise<number | null> {
    this.child.kill('SIGTERM');
    return this.ended();
  }
}
