import { appendFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';

/**
 * `bdat-sink-program.ts PORT [--data-only] [--dump=FILE]`: takes all mail, by BDAT with CHUNKING (RFC 3030) and PIPELINING, and by DATA; refuses whatever is for
 * `nobody@`. It answers as Postfix does (`test/e2e/bdat-sink.e2e-spec.ts` holds it to that and to Exim), and as fast as a process can: it
 * looks at no octet of a chunk, and writes all replies to what it read at once in one go.
 */
const port = Number(process.argv[2]);
const isDataOnly = process.argv.includes('--data-only');
const dump = process.argv.find((argument) => argument.startsWith('--dump='))?.slice('--dump='.length);

const LF = 10;
const DOT = Buffer.from('\r\n.\r\n');
const MAX_BYTES = 10_240_000;
const MAX_LINE = 2_048;

interface Envelope {
  readonly from: string;
  readonly to: string[];
  /** Chunks, when they are kept. */
  readonly content: Buffer[];
  octets: number;
  chunked: boolean;
}

class Session {
  private readonly socket: Socket;
  private rest: Buffer = Buffer.alloc(0);
  private replies = '';
  private envelope: Envelope | undefined;
  /** Octets of the chunk that is being read, and what is said when it is over. */
  private chunk: { left: number; readonly isLast: boolean; readonly refusal: string | undefined } | undefined;
  private isData = false;
  /** A chunk was refused: the others of the mail are, too. */
  private isRefused = false;
  private isOver = false;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.on('error', () => socket.destroy());
    socket.on('data', (bytes) => this.read(bytes));
    socket.write('220 sink ESMTP\r\n');
  }

  private read(bytes: Buffer): void {
    let buffer = this.rest.length === 0 ? bytes : Buffer.concat([this.rest, bytes]);
    while (!this.isOver && buffer.length > 0) {
      const used =
        this.chunk !== undefined ? this.readChunk(buffer) : this.isData ? this.readData(buffer) : this.readLine(buffer);
      if (used === 0) break;
      buffer = buffer.subarray(used);
    }
    this.rest = buffer;
    if (this.replies !== '') this.socket.write(this.replies, 'latin1');
    this.replies = '';
    if (this.isOver) this.socket.end();
  }

  private readChunk(buffer: Buffer): number {
    const { chunk } = this;
    if (chunk === undefined) return 0;
    const used = Math.min(chunk.left, buffer.length);
    chunk.left -= used;
    this.keep(buffer.subarray(0, used));
    if (chunk.left === 0) this.endChunk(chunk);
    // An empty chunk ends at once, before more is read.
    return used;
  }

  private endChunk({ isLast, refusal }: { readonly isLast: boolean; readonly refusal: string | undefined }): void {
    this.chunk = undefined;
    const { envelope } = this;
    if (refusal !== undefined) this.say(refusal);
    else if (envelope !== undefined && envelope.octets > MAX_BYTES) this.say('552 5.3.4 Error: message file too big');
    else {
      this.say(isLast ? '250 2.0.0 Ok: queued' : '250 2.0.0 Ok: chunk received');
      if (!isLast) return;
      this.deliver();
    }
    this.isRefused = !isLast;
    if (isLast) this.envelope = undefined;
  }

  private readData(buffer: Buffer): number {
    if (buffer.length >= 3 && buffer.toString('latin1', 0, 3) === '.\r\n') return this.endData(3);
    const end = buffer.indexOf(DOT);
    if (end >= 0) {
      this.keep(buffer.subarray(0, end + 2));
      return this.endData(end + DOT.length);
    }
    // The dot's first octets may be the last ones here.
    return 0;
  }

  private endData(used: number): number {
    this.isData = false;
    if (this.envelope !== undefined && this.envelope.octets > MAX_BYTES) this.say('552 5.3.4 Error: message file too big');
    else {
      this.say('250 2.0.0 Ok: queued');
      this.deliver();
    }
    this.envelope = undefined;
    return used;
  }

  private keep(bytes: Buffer): void {
    if (this.envelope === undefined) return;
    this.envelope.octets += bytes.length;
    if (dump !== undefined) this.envelope.content.push(Buffer.from(bytes));
  }

  private deliver(): void {
    if (dump === undefined || this.envelope === undefined) return;
    const { from, to, content, chunked } = this.envelope;
    const raw = Buffer.concat(content).toString('latin1');
    appendFileSync(dump, `${JSON.stringify({ from, to, raw: chunked ? raw : raw.replace(/(^|\n)\./g, '$1') })}\n`);
  }

  private readLine(buffer: Buffer): number {
    const end = buffer.indexOf(LF);
    if (end < 0) {
      if (buffer.length > MAX_LINE) this.bye('521 5.5.2 Error: line too long');
      return 0;
    }
    const line = buffer.toString('latin1', 0, buffer[end - 1] === 13 ? end - 1 : end);
    const verb = line.slice(0, 4).toUpperCase();
    switch (verb) {
      case 'MAIL':
        this.mail(line);
        break;
      case 'RCPT':
        this.rcpt(line);
        break;
      case 'BDAT':
        this.bdat(line);
        break;
      case 'DATA':
        this.data();
        break;
      case 'RSET':
        this.envelope = undefined;
        this.isRefused = false;
        this.say('250 2.0.0 Ok');
        break;
      case 'EHLO':
        this.say(
          `250-sink\r\n250-PIPELINING\r\n250-SIZE ${MAX_BYTES}\r\n250-ENHANCEDSTATUSCODES\r\n250-8BITMIME\r\n${isDataOnly ? '' : '250-CHUNKING\r\n'}250 SMTPUTF8`,
        );
        break;
      case 'HELO':
        this.say('250 sink');
        break;
      case 'NOOP':
        this.say('250 2.0.0 Ok');
        break;
      case 'QUIT':
        this.bye('221 2.0.0 Bye');
        break;
      default:
        this.say('500 5.5.2 Error: command not recognized');
    }
    return end + 1;
  }

  private mail(line: string): void {
    const from = /^MAIL FROM:<([^>]*)>/i.exec(line)?.[1];
    if (this.envelope !== undefined) this.say('503 5.5.1 Error: nested MAIL command');
    else if (from === undefined) this.say('555 5.5.4 Unsupported option');
    else if (Number(/ SIZE=(\d+)/i.exec(line)?.[1] ?? 0) > MAX_BYTES) this.say('552 5.3.4 Message size exceeds fixed limit');
    else {
      this.envelope = { from, to: [], content: [], octets: 0, chunked: false };
      this.isRefused = false;
      this.say('250 2.1.0 Ok');
    }
  }

  private rcpt(line: string): void {
    const to = /^RCPT TO:<([^>]*)>/i.exec(line)?.[1];
    if (this.envelope === undefined) this.say('503 5.5.1 Error: need MAIL command');
    else if (this.envelope.chunked) this.say('503 5.5.1 Error: RCPT after BDAT');
    else if (to === undefined || to === '') this.say('501 5.1.3 Bad recipient address syntax');
    else if (to.startsWith('nobody@')) this.say(`550 5.1.1 <${to}>: Recipient address rejected: no such user`);
    else {
      this.envelope.to.push(to);
      this.say('250 2.1.5 Ok');
    }
  }

  private bdat(line: string): void {
    const [, size, last] = /^BDAT +(\d{1,9})( +LAST)? *$/i.exec(line) ?? [];
    if (isDataOnly) this.say('502 5.5.1 Error: command not implemented');
    // Nobody knows where the chunk ends.
    else if (size === undefined) this.bye('521 5.5.4 Syntax: BDAT count [LAST]');
    else {
      const isLast = last !== undefined;
      const chunk = { left: Number(size), isLast, refusal: this.refusalOfChunk() };
      if (this.envelope !== undefined) this.envelope.chunked = true;
      if (chunk.left === 0) this.endChunk(chunk);
      else this.chunk = chunk;
    }
  }

  private refusalOfChunk(): string | undefined {
    if (this.isRefused) return '551 5.0.0 Discarded';
    if (this.envelope === undefined) return '503 5.5.1 Error: need RCPT command';
    return this.envelope.to.length === 0 ? '554 5.5.1 Error: no valid recipients' : undefined;
  }

  private data(): void {
    if (this.envelope === undefined) this.say('503 5.5.1 Error: need RCPT command');
    else if (this.envelope.chunked) this.say('503 5.5.1 Error: DATA after BDAT');
    else if (this.envelope.to.length === 0) this.say('554 5.5.1 Error: no valid recipients');
    else {
      this.isData = true;
      this.say('354 End data with <CR><LF>.<CR><LF>');
    }
  }

  private say(reply: string): void {
    this.replies += `${reply}\r\n`;
  }

  private bye(reply: string): void {
    this.say(reply);
    this.isOver = true;
  }
}

createServer((socket) => new Session(socket)).listen(port, '127.0.0.1');
