import { createConnection, type Socket } from 'node:net';
import { ANSWER, COMMANDS, encodePdu, type Pdu, PduReader, text } from './smpp-pdu.js';

export interface SmppSettings {
  readonly host: string;
  readonly port: number;
  readonly systemId: string;
  readonly password: string;
}

/** Why there is no answer: `sent` says whether the request was. */
export class SmppGone extends Error {
  constructor(readonly sent: boolean) {
    super('the connection has ended');
  }
}

/** The message centre refuses who we are. */
export class SmppRefused extends Error {
  constructor(readonly status: number) {
    super(`the bind was refused with ${status}`);
  }
}

const TIMEOUT_MS = 15_000;
const CLOSING_MS = 1_000;
const INTERFACE_VERSION = 0x34;

/** One connection, bound as a transmitter. Requests do not wait for the answers of others. */
export class SmppConnection {
  private readonly waiting = new Map<number, { readonly answered: (pdu: Pdu) => void; readonly gone: () => void }>();
  private readonly reader = new PduReader();
  private sequence = 0;
  isOpen = true;

  private constructor(private readonly socket: Socket) {
    socket.on('data', (chunk) => this.take(chunk));
    socket.on('error', () => undefined);
    socket.once('end', () => (this.isOpen = false));
    socket.once('close', () => {
      this.isOpen = false;
      for (const { gone } of [...this.waiting.values()]) gone();
    });
  }

  /** @throws SmppGone, SmppRefused */
  static async bind({ host, port, systemId, password }: SmppSettings): Promise<SmppConnection> {
    const socket = createConnection({ host, port });
    socket.setTimeout(TIMEOUT_MS, () => socket.destroy());
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', () => reject(new SmppGone(false)));
      socket.once('close', () => reject(new SmppGone(false)));
    });
    socket.setTimeout(0);
    const connection = new SmppConnection(socket);
    const body = Buffer.concat([text(systemId), text(password), text(''), Buffer.from([INTERFACE_VERSION, 0, 0, 0])]);
    try {
      const { status } = await connection.request(COMMANDS.bindTransmitter, body);
      if (status !== 0) throw new SmppRefused(status);
      return connection;
    } catch (error) {
      socket.destroy();
      // Nothing of a message was sent.
      throw error instanceof SmppGone ? new SmppGone(false) : error;
    }
  }

  /** Resolves with the answer. @throws SmppGone */
  request(command: number, body: Buffer, stop?: AbortSignal): Promise<Pdu> {
    if (!this.isOpen || stop?.aborted === true) return Promise.reject(new SmppGone(false));
    const sequence = (this.sequence = (this.sequence % 0x7fffffff) + 1);
    return new Promise((resolve, reject) => {
      const end = (): void => {
        this.waiting.delete(sequence);
        clearTimeout(timer);
        stop?.removeEventListener('abort', gone);
      };
      const gone = (): void => {
        end();
        reject(new SmppGone(true));
      };
      const answered = (pdu: Pdu): void => {
        end();
        resolve(pdu);
      };
      const timer = setTimeout(gone, TIMEOUT_MS);
      stop?.addEventListener('abort', gone, { once: true });
      this.waiting.set(sequence, { gone, answered });
      this.socket.write(encodePdu({ command, status: 0, sequence, body }));
    });
  }

  async close(): Promise<void> {
    if (this.socket.closed) return;
    const closed = new Promise((resolve) => this.socket.once('close', resolve));
    this.socket.end(encodePdu({ command: COMMANDS.unbind, status: 0, sequence: this.sequence + 1, body: Buffer.alloc(0) }));
    // A centre that does not end the connection is not waited for.
    this.socket.setTimeout(CLOSING_MS, () => this.socket.destroy());
    await closed;
  }

  private take(chunk: Buffer): void {
    let units: readonly Pdu[];
    try {
      units = this.reader.read(chunk);
    } catch {
      this.socket.destroy();
      return;
    }
    for (const unit of units) {
      if (unit.command >= ANSWER) this.waiting.get(unit.sequence)?.answered(unit);
      else if (unit.command === COMMANDS.unbind) {
        this.isOpen = false;
        this.socket.end(encodePdu({ ...unit, command: unit.command + ANSWER, body: Buffer.alloc(0) }));
      } else this.socket.write(encodePdu({ ...unit, command: unit.command + ANSWER, status: 0, body: Buffer.alloc(0) }));
    }
  }
}
