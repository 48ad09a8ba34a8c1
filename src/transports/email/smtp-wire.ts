import { type Socket } from 'node:net';
import { cut, type WireData } from './mail-data.js';
import { MAX_REPLY_BYTES } from './smtp-settings.js';

/** What is told of a session's other side. */
export interface SmtpListener {
  /** A whole reply; `text` is empty for those under 400. */
  replied(code: number, text: string): void;
  /** It sent something that is not a reply, or a reply that is too long; the session cannot be used any more. */
  garbled(what: string): void;
}

interface SlicedWrite {
  readonly slices: Iterator<Buffer>;
  readonly flushed: (() => void) | undefined;
}

const LF = 10;
const HYPHEN = 0x2d;
/** A line longer than this is no SMTP reply (RFC 5321 §4.5.3.1.5 allows 512 octets). */
const MAX_LINE = 8_192;

/** The socket of a session that is greeted and logged in: writes what it is given, and reads replies (RFC 5321 §4.2). */
export class SmtpWire {
  private rest: Buffer | undefined;
  private lines = '';
  /** Of the reply that is being read. */
  private replyBytes = 0;
  private over = false;
  /** What is to be written, from what is being written on. */
  private writes: SlicedWrite[] = [];

  constructor(
    private readonly socket: Socket,
    private readonly listener: SmtpListener,
  ) {
    socket.on('data', this.read);
  }

  /**
   * Writes behind what was written before. Slices are made and written one in a turn of the event loop, when the operating system has the one before.
   *
   * @param flushed called when the operating system has all of it; not called when the connection ended before
   */
  write(data: WireData, flushed?: () => void): void {
    if (typeof data === 'string' && this.writes.length === 0) this.hand(data, flushed);
    else {
      this.writes.push({ slices: (typeof data === 'string' ? cut(data) : data)[Symbol.iterator](), flushed });
      if (this.writes.length === 1) this.writeSlice();
    }
  }

  /** Silence of the other side that ends the session, ms; 0: none. */
  idleTimeout(ms: number): void {
    this.socket.setTimeout(ms);
  }

  /** Ends at once; nothing that waits to be written goes out any more. */
  cut(): void {
    this.over = true;
    this.rest = undefined;
    this.writes = [];
    this.lines = '';
    this.socket.off('data', this.read);
    this.socket.destroy();
  }

  private writeSlice(): void {
    const [write] = this.writes;
    if (write === undefined || this.over) return;
    const slice = write.slices.next();
    if (slice.done !== true) this.hand(slice.value, () => setImmediate(() => this.writeSlice()));
    else {
      this.writes.shift();
      const isNextBehind = this.writes.length > 0;
      write.flushed?.();
      if (isNextBehind) this.writeSlice();
    }
  }

  private hand(data: string | Buffer, flushed?: () => void): void {
    if (flushed === undefined) this.socket.write(data, 'utf8');
    else
      this.socket.write(data, 'utf8', (error) => {
        if (error === null || error === undefined) flushed();
      });
  }

  private readonly read = (chunk: Buffer): void => {
    let buffer = this.rest === undefined ? chunk : Buffer.concat([this.rest, chunk]);
    for (let end = buffer.indexOf(LF); end >= 0 && !this.over; end = buffer.indexOf(LF)) {
      const line = buffer.subarray(0, end);
      buffer = buffer.subarray(end + 1);
      this.line(line);
    }
    if (this.over) return;
    this.rest = buffer.length === 0 ? undefined : buffer;
    if (buffer.length > MAX_LINE) this.garbled('a line without an end');
  };

  private line(line: Buffer): void {
    const code = digit(line[0]) * 100 + digit(line[1]) * 10 + digit(line[2]);
    if (!(code >= 200 && code < 600)) {
      this.garbled(JSON.stringify(line.toString('utf8').trim()));
      return;
    }
    this.replyBytes += line.length + 1;
    if (this.replyBytes > MAX_REPLY_BYTES) {
      this.garbled(`a reply of more than ${MAX_REPLY_BYTES} bytes`);
      return;
    }
    if (code >= 400) this.lines += `${this.lines === '' ? '' : '\n'}${line.toString('utf8').trim()}`;
    if (line[3] === HYPHEN) return;
    const text = this.lines;
    this.lines = '';
    this.replyBytes = 0;
    this.listener.replied(code, text);
  }

  private garbled(what: string): void {
    this.over = true;
    this.listener.garbled(what);
  }
}

function digit(byte: number | undefined): number {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39 ? byte - 0x30 : NaN;
}
