import { type ChildProcess } from 'node:child_process';
import { connect } from 'node:net';

/** Resolves when a server greets on this port. @throws Error with what it printed when its process ends instead */
export async function listening(port: number, child: ChildProcess): Promise<void> {
  let complaint = '';
  child.stderr?.on('data', (chunk: Buffer) => (complaint += chunk.toString()));
  for (;;) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`the server ended at once: ${complaint}`);
    if (await accepts(port)) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('data', () => {
      socket.end('QUIT\r\n');
      resolve(true);
    });
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
  });
}
