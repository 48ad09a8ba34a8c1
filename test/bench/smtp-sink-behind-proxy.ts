import { type ChildProcess, spawn } from 'node:child_process';
import { connect, createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { ensureProgram } from '../support/provision.ts';

/** Postfix's smtp-sink, and in front of it a line of so long a round trip: each in its own process, so that they take none of the sender's time. */
export class SmtpSinkBehindProxy {
  readonly port: number;
  private readonly children: readonly ChildProcess[];

  private constructor(port: number, children: readonly ChildProcess[]) {
    this.port = port;
    this.children = children;
  }

  static async start(delayMs: number): Promise<SmtpSinkBehindProxy> {
    const sink = ensureProgram('smtp-sink', { package: 'postfix' });
    const sinkPort = await freePort();
    const user = process.getuid?.() === 0 ? ['-u', 'nobody'] : [];
    const children = [spawn(sink, [...user, `127.0.0.1:${sinkPort}`, '1000'], { stdio: 'ignore' })];
    const port = delayMs === 0 ? sinkPort : await freePort();
    if (delayMs > 0) {
      const program = fileURLToPath(new URL('delay-proxy.ts', import.meta.url));
      children.push(spawn(process.execPath, [program, String(port), String(sinkPort), String(delayMs)], { stdio: 'inherit' }));
    }
    process.once('exit', () => children.forEach((child) => child.kill()));
    await listening(port);
    return new SmtpSinkBehindProxy(port, children);
  }

  stop(): void {
    for (const child of this.children) child.kill();
  }
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Resolves when a server greets on this port. */
export async function listening(port: number): Promise<void> {
  for (;;) {
    const answered = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('data', () => {
        socket.destroy();
        resolve(true);
      });
      socket.once('error', () => resolve(false));
    });
    if (answered) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
