import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** What a host of these options is told at its start, by intent. */
const EXPECTED = /SMTP_URL is not set|is in the container's own file system/;
/** A limit only ends what hangs. */
const LIMIT_MS = 300_000;

/** A started application. */
export class RunningHost {
  /** What it printed. */
  output = '';
  readonly child: ChildProcess;
  private readonly limit: NodeJS.Timeout;

  private constructor(child: ChildProcess) {
    this.child = child;
    this.limit = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS);
  }

  /** Resolves with it and its address once it listens. */
  static async start(
    folder: string,
    adapter: string,
    variables: Readonly<Record<string, string>>,
  ): Promise<[RunningHost, string]> {
    const env = { PATH: process.env['PATH'], NO_COLOR: '1', ...variables };
    const child = spawn(process.execPath, ['--no-warnings', 'dist/main.js', adapter], {
      cwd: folder,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const host = new RunningHost(child);
    const listening = Promise.withResolvers<string>();
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        host.output += text;
        const address = /^HOST (\S+)$/m.exec(host.output)?.[1];
        if (address !== undefined) listening.resolve(address);
      });
    }
    child.once('close', () => listening.reject(new Error(`the host ended before it listened:\n${host.output}`)));
    return [host, await listening.promise];
  }

  /** What it warned of and what failed in it: Nest's lines of these levels, except the expected ones. */
  get complaints(): readonly string[] {
    return this.output.split('\n').filter((line) => /\b(WARN|ERROR|FATAL)\b/.test(line) && !EXPECTED.test(line));
  }

  /** How it ends on SIGTERM: an exit code, or the signal that Nest passes on to itself when everything has stopped. */
  async terminate(): Promise<string> {
    const closed = once(this.child, 'close');
    this.child.kill('SIGTERM');
    const [code, signal] = (await closed) as [number | null, string | null];
    clearTimeout(this.limit);
    return String(signal ?? code);
  }

  /** Ends it in any case. */
  kill(): void {
    clearTimeout(this.limit);
    this.child.kill('SIGKILL');
  }
}
