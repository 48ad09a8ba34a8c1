import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { endAfterTest } from './resources.js';

/** What the proxy does to what passes. Change it at any time with `faults`. */
export interface TcpFaults {
  /** Each way, ms. */
  readonly delayMs?: number;
  /** Passes at most this many bytes at a time, `delayMs` apart. */
  readonly dripBytes?: number;
  /** Closes both sides after this many bytes from the client. */
  readonly cutAfterBytes?: number;
  /** Cuts by RST instead of FIN. */
  readonly reset?: boolean;
  /** Changes what passes; each chunk is one of SMTP's short commands or replies. */
  readonly rewrite?: (text: string, from: 'client' | 'server') => string;
  /** Takes connections and passes nothing on. */
  readonly blackHole?: boolean;
}

/** Stands between a client and a server, and disturbs. */
export class TcpProxy {
  faults: TcpFaults = {};
  connections = 0;
  /** What each side still gets, the next first. */
  private readonly queues = new WeakMap<Socket, { readonly dueAt: number; readonly act: () => void }[]>();
  private readonly pairs = new Set<readonly [Socket, Socket]>();
  private readonly doomed = new WeakSet<Socket>();

  /** Ends it now; otherwise it ends with the test. */
  readonly stop = endAfterTest('the TCP proxy', () => this.end());

  private constructor(
    private readonly server: Server,
    private readonly target: { readonly host: string; readonly port: number },
  ) {}

  static async start(targetPort: number, faults: TcpFaults = {}): Promise<TcpProxy> {
    const server = createServer({ noDelay: true });
    const proxy = new TcpProxy(server, { host: '127.0.0.1', port: targetPort });
    proxy.faults = faults;
    server.on('connection', (client) => proxy.pair(client));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Breaks every connection now. */
  cutAll(): void {
    for (const pair of this.pairs) this.cut(pair);
  }

  /** Breaks each connection once the client's next request was passed on, before its answer: nobody on its side knows what became of it. */
  cutBeforeAnswer(): void {
    for (const pair of this.pairs) this.doomed.add(pair[0]);
  }

  private async end(): Promise<void> {
    this.cutAll();
    this.server.close();
    await once(this.server, 'close');
  }

  private pair(client: Socket): void {
    this.connections += 1;
    const upstream = connect({ ...this.target, noDelay: true });
    const pair = [client, upstream] as const;
    this.pairs.add(pair);
    let fromClient = 0;
    client.on('data', (chunk) => {
      fromClient += chunk.length;
      const { cutAfterBytes } = this.faults;
      if (cutAfterBytes !== undefined && fromClient >= cutAfterBytes) this.cut(pair);
      else this.pass(this.rewritten(chunk, 'client'), upstream);
      if (!this.doomed.delete(client)) return;
      client.destroy();
      // The request must arrive.
      upstream.end();
    });
    upstream.on('data', (chunk) => this.pass(this.rewritten(chunk, 'server'), client));
    for (const [from, to] of [pair, [upstream, client]] as const) {
      from.on('end', () => this.later(to, this.faults.delayMs ?? 0, () => to.end()));
      from.on('error', () => this.cut(pair));
      from.on('close', () => this.pairs.delete(pair));
    }
  }

  private rewritten(chunk: Buffer, from: 'client' | 'server'): Buffer {
    const { rewrite } = this.faults;
    return rewrite === undefined ? chunk : Buffer.from(rewrite(chunk.toString('latin1'), from), 'latin1');
  }

  private pass(chunk: Buffer, to: Socket): void {
    const { dripBytes = chunk.length, delayMs = 0, blackHole = false } = this.faults;
    if (blackHole) return;
    for (let start = 0, step = 1; start < chunk.length; start += dripBytes, step += 1) {
      const piece = chunk.subarray(start, start + dripBytes);
      this.later(to, delayMs * step, () => to.writable && to.write(piece));
    }
  }

  /** In order: nothing overtakes what was to come earlier, however late a timer fires. */
  private later(to: Socket, delayMs: number, act: () => void): void {
    const queue = this.queues.get(to) ?? [];
    this.queues.set(to, queue);
    const now = performance.now();
    const dueAt = now + delayMs;
    if (queue.length === 0 && dueAt <= now) {
      act();
      return;
    }
    queue.push({ dueAt, act });
    if (queue.length === 1) this.schedule(queue);
  }

  /** Does what is due, and sets one timer for the next. */
  private schedule(queue: { readonly dueAt: number; readonly act: () => void }[]): void {
    const [next] = queue;
    if (next === undefined) return;
    setTimeout(
      () => {
        const now = performance.now();
        while (queue[0] !== undefined && queue[0].dueAt <= now) queue.shift()?.act();
        this.schedule(queue);
      },
      Math.max(1, Math.ceil(next.dueAt - performance.now())),
    );
  }

  private cut(pair: readonly [Socket, Socket]): void {
    for (const socket of pair) {
      if (this.faults.reset === true) socket.resetAndDestroy();
      else socket.destroy();
    }
    this.pairs.delete(pair);
  }
}
