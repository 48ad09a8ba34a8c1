import { once } from 'node:events';
import { type ClientOptions, WebSocket } from 'ws';
import { type ReceivedEvent } from './event-stream.js';
import { endAfterTest } from './resources.js';

/** A reader of the in-app stream over a WebSocket, which waits for events one by one. */
export class SocketStream {
  /** Events of the stream; `open` is none of them. */
  readonly received: ReceivedEvent[] = [];
  /** What the first message said where the reader is. */
  begun = '';
  /** With which code the line was closed. */
  closeCode: number | undefined;
  private readonly waiters: (() => void)[] = [];

  /** 101, or why the upgrade was refused. */
  status = 0;

  /** It listens from the start: the first message may come with the answer to the upgrade. */
  private constructor(readonly socket: WebSocket) {
    socket.on('message', (data: Buffer) => {
      const { event, id = '', data: said } = JSON.parse(data.toString()) as Omit<ReceivedEvent, 'id'> & { readonly id?: string };
      if (event === 'open') this.begun = id;
      else this.received.push({ event, id, data: said });
      this.wake();
    });
    socket.on('close', (code) => {
      this.closeCode = code;
      this.wake();
    });
  }

  static async open(url: string, options: ClientOptions = {}): Promise<SocketStream> {
    const socket = new WebSocket(url.replace(/^http/, 'ws'), options);
    endAfterTest('the WebSocket', () => socket.terminate());
    const stream = new SocketStream(socket);
    stream.status = await new Promise<number>((resolve, reject) => {
      socket.once('open', () => resolve(101));
      socket.once('unexpected-response', (request, response) => {
        resolve(response.statusCode ?? 0);
        request.destroy();
      });
      socket.on('error', reject);
    });
    return stream;
  }

  async events(count: number): Promise<readonly ReceivedEvent[]> {
    while (this.received.length < count && this.closeCode === undefined) await this.change();
    if (this.received.length < count) throw new Error(`the line was closed after ${this.received.length} of ${count} events`);
    return this.received.slice(0, count);
  }

  async position(): Promise<string> {
    while (this.begun === '' && this.closeCode === undefined) await this.change();
    return this.begun;
  }

  async end(): Promise<void> {
    while (this.closeCode === undefined) await this.change();
  }

  /** Resolves once it is closed. */
  async close(): Promise<void> {
    if (this.status !== 101 || this.socket.readyState === this.socket.CLOSED) return;
    this.socket.close();
    await once(this.socket, 'close');
  }

  private change(): Promise<void> {
    return new Promise((resolve) => this.waiters.push(resolve));
  }

  private wake(): void {
    for (const waiter of this.waiters.splice(0)) waiter();
  }
}
