import { type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { AUTHORIZED, SECRET_VARIABLES, watch } from './canaries.js';
import { startChild } from './child-process.js';
import { freePort } from './free-port.js';
import { ONE_REQUEST } from './one-request.js';

/** The stand-alone application in its own process, from `dist/`, so that it can be killed. */
export class AppProcess {
  private constructor(
    private readonly child: ChildProcess,
    /** Where the routes stand. */
    readonly base: string,
    private readonly output: readonly string[],
  ) {}

  static async start(variables: Readonly<Record<string, string>>): Promise<AppProcess> {
    const port = await freePort();
    const child = startChild(process.execPath, ['--no-warnings', 'dist/main.js'], {
      env: { PATH: process.env['PATH'], PORT: String(port), NO_COLOR: '1', ...SECRET_VARIABLES, ...variables },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const output: string[] = [];
    await new Promise<void>((resolve, reject) => {
      child.stdout?.setEncoding('utf8').on('data', (text: string) => {
        output.push(text);
        watch('the log', text);
        if (text.includes('Listening.')) resolve();
      });
      child.stderr?.setEncoding('utf8').on('data', (text: string) => {
        output.push(text);
        watch('the log', text);
      });
      child.once('exit', (code) => reject(new Error(`the application ended with ${code}:\n${output.join('')}`)));
    });
    return new AppProcess(child, `http://127.0.0.1:${port}/notifications`, output);
  }

  /** All that it has printed. */
  get log(): string {
    return this.output.join('');
  }

  /** Resolves with the exit code, undefined after a signal. */
  async stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | undefined> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return this.child.exitCode ?? undefined;
    const exited = once(this.child, 'exit') as Promise<[number | null]>;
    this.child.kill(signal);
    const [code] = await exited;
    return code ?? undefined;
  }

  async get(path: string): Promise<Record<string, unknown>> {
    const response = await fetch(this.base + path, { headers: { ...AUTHORIZED, ...ONE_REQUEST } });
    return (await response.json()) as Record<string, unknown>;
  }

  async post(path: string, body: unknown): Promise<Response> {
    return fetch(this.base + path, {
      method: 'POST',
      headers: {
        ...AUTHORIZED,
        ...ONE_REQUEST,
        'Content-Type': typeof body === 'string' ? 'application/x-ndjson' : 'application/json',
      },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  }
}
