import { once } from 'node:events';
import { TLSSocket } from 'node:tls';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { endAfterTest } from './resources.js';

export interface TlsIdentity {
  readonly key: string;
  readonly cert: string;
}

/** A phase of an SMTP session; `CONTENT` is when the final dot, or the last octet of `BDAT`, came. */
export type SmtpPhase = 'CONNECT' | 'EHLO' | 'AUTH' | 'MAIL' | 'RCPT' | 'DATA' | 'BDAT' | 'CONTENT' | 'RSET' | 'QUIT';

/** How mails are sent: one command after the other, by `DATA` with PIPELINING, or by `BDAT` with PIPELINING and CHUNKING. */
export type SmtpMode = 'lock-step' | 'pipelined' | 'chunked';
export const SMTP_MODES: readonly SmtpMode[] = ['lock-step', 'pipelined', 'chunked'];

/** A content that the server took. */
export interface TakenMail {
  readonly recipients: readonly string[];
  /** As it was written, without a second dot, and without the last line's end. */
  readonly content: string;
}

/**
 * What the server does then: a reply (without CRLF; the session ends after a 421; to `BDAT`, as from a server that does not know the command and reads
 * the content as commands), a broken line, nothing at all from then on, a positive reply of which a
 * byte comes every 10 ms and which never ends (`drip`), or an error reply that never ends, as fast as the client reads it (`endless`).
 */
export type SmtpReaction = 'cut' | 'reset' | 'silence' | 'drip' | 'endless' | (string & {});

/**
 * Asked at every phase; undefined means the usual reply. `argument` is the rest of the command's line, `session` counts
 * connections from 1, `message` the mails that this session began, from 1.
 */
export type SmtpScript = (at: {
  readonly phase: SmtpPhase;
  readonly argument: string;
  readonly session: number;
  readonly message: number;
}) => SmtpReaction | undefined;

const USUAL: Readonly<Record<SmtpPhase, string>> = {
  CONNECT: '220 script ready',
  EHLO: '250-script\r\n250-ENHANCEDSTATUSCODES\r\n250 8BITMIME',
  AUTH: '235 2.7.0 welcome',
  MAIL: '250 2.1.0 ok',
  RCPT: '250 2.1.5 ok',
  DATA: '354 go on',
  BDAT: '',
  CONTENT: '250 2.0.0 taken',
  RSET: '250 2.0.0 ok',
  QUIT: '221 2.0.0 bye',
};

/** A scripted SMTP server on a raw socket: it fails at exactly the phase that a test wants. */
export class SmtpScriptServer {
  /** Contents that came whole, whatever was answered, without a second dot. */
  readonly contents: string[] = [];
  /** Those that were answered positively, or whose answer broke off. */
  readonly taken: TakenMail[] = [];
  /** What was read at once, each time. */
  readonly reads: string[] = [];
  /** The commands of all sessions, in order. */
  readonly commands: string[] = [];
  sessions = 0;
  /** Sessions that went on under TLS. */
  secured = 0;
  private readonly sockets = new Set<Socket>();

  /** Ends it now; otherwise it ends with the test. */
  readonly stop = endAfterTest('the scripted SMTP server', () => this.end());

  private constructor(
    private readonly server: Server,
    private readonly script: SmtpScript,
    private readonly mode: SmtpMode,
    private readonly tls: TlsIdentity | undefined,
  ) {}

  static async start(
    script: SmtpScript = () => undefined,
    { mode = 'lock-step', port = 0, tls }: { readonly mode?: SmtpMode; readonly port?: number; readonly tls?: TlsIdentity } = {},
  ): Promise<SmtpScriptServer> {
    const server = createServer();
    const scripted = new SmtpScriptServer(server, script, mode, tls);
    server.on('connection', (socket) => scripted.serve(socket));
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return scripted;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get url(): string {
    return `smtp://127.0.0.1:${this.port}`;
  }

  /** Sessions that are open now. */
  get open(): number {
    return this.sockets.size;
  }

  /** Breaks every open session. */
  cutAll(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  /** Waits until at most this many sessions are open. */
  async until(open: number): Promise<void> {
    while (this.sockets.size > open) {
      await new Promise<void>((resolve) => {
        for (const socket of this.sockets) socket.once('close', () => resolve());
      });
    }
  }

  private async end(): Promise<void> {
    this.cutAll();
    this.server.close();
    await once(this.server, 'close');
  }

  /** As Postfix answers: a content needs a recipient, and one transaction ends before the next begins. */
  private usual(phase: SmtpPhase, { isOpen, recipients }: Transaction, offersTls: boolean): string {
    if (phase === 'EHLO' && offersTls) return `250-STARTTLS\r\n${USUAL.EHLO}`;
    if (phase === 'EHLO' && this.mode !== 'lock-step')
      return `250-PIPELINING\r\n${this.mode === 'chunked' ? '250-CHUNKING\r\n' : ''}${USUAL.EHLO}`;
    if (phase === 'MAIL' && isOpen) return '503 5.5.1 nested MAIL command';
    if (phase === 'RCPT' && !isOpen) return '503 5.5.1 need MAIL command';
    const wantsContent = phase === 'DATA' || (phase === 'CONTENT' && this.mode === 'chunked');
    return wantsContent && recipients.length === 0 ? '554 5.5.1 no valid recipients' : USUAL[phase];
  }

  private serve(socket: Socket): void {
    this.sessions += 1;
    this.converse(socket, this.sessions, this.tls !== undefined);
    this.sockets.add(socket);
    socket.on('close', () => this.sockets.delete(socket));
  }

  /** From here everything is under TLS (RFC 3207 §4.2: the client greets again). */
  private secure(socket: Socket, session: number): void {
    socket.removeAllListeners('data');
    socket.write('220 2.0.0 go ahead\r\n');
    this.secured += 1;
    this.converse(new TLSSocket(socket, { isServer: true, ...this.tls }), session, false);
  }

  /** @param offersTls and nothing else is taken before it */
  private converse(socket: Socket, session: number, offersTls: boolean): void {
    let message = 0;
    /** Octets of `BDAT` that are awaited, or the final dot. */
    let awaits: number | 'dot' | undefined;
    let isLost = false;
    let transaction = NO_TRANSACTION;
    let buffered = '';
    let isSilent = false;
    const reply = (phase: SmtpPhase, reaction: SmtpReaction): void => {
      isSilent ||= reaction === 'silence';
      if (!isSilent) answer(socket, phase, reaction);
    };
    const react = (phase: SmtpPhase, argument: string, content = ''): void => {
      const reaction = this.script({ phase, argument, session, message }) ?? this.usual(phase, transaction, offersTls);
      const isPositive = reaction.startsWith('2');
      if (phase === 'CONTENT' && !/^[345]/.test(reaction) && transaction.recipients.length > 0)
        this.taken.push({ recipients: transaction.recipients, content });
      // Nobody can tell the state of a server that refused BDAT (RFC 3030 §2): this one keeps the transaction until RSET.
      if (phase === 'RSET' || (phase === 'CONTENT' && (isPositive || this.mode !== 'chunked'))) transaction = NO_TRANSACTION;
      if (phase === 'MAIL' && isPositive) transaction = { isOpen: true, recipients: [] };
      if (phase === 'RCPT' && isPositive)
        transaction = { ...transaction, recipients: [...transaction.recipients, addressIn(argument)] };
      if (phase === 'DATA' && reaction.startsWith('354')) awaits = 'dot';
      reply(phase, reaction);
    };
    const take = (content: string): void => {
      awaits = undefined;
      this.contents.push(Buffer.from(content, 'latin1').toString('utf8'));
      react('CONTENT', '', content);
    };
    const command = (line: string): void => {
      this.commands.push(line);
      const phase = phaseOf(line);
      const argument = line.slice(phase.length).trim();
      if (phase === 'MAIL') message += 1;
      if (phase !== 'BDAT') react(phase, argument);
      else {
        const reaction = this.script({ phase, argument, session, message });
        // A reply is that of a server which does not know the command; any other reaction is the last that is seen of this one.
        isLost = reaction !== undefined && /^\d/.test(reaction);
        if (!isLost) awaits = reaction === undefined ? Number.parseInt(argument, 10) : Infinity;
        if (reaction !== undefined) reply(phase, reaction);
      }
    };
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk) => {
      this.reads.push(chunk.toString('latin1'));
      buffered += chunk.toString('latin1');
      while (!socket.destroyed && !socket.writableEnded) {
        if (typeof awaits === 'number') {
          if (buffered.length < awaits) return;
          const content = buffered.slice(0, awaits);
          buffered = buffered.slice(awaits);
          take(content.replace(/\r\n$/, ''));
          continue;
        }
        const empty = awaits === 'dot' && buffered.startsWith('.\r\n');
        const end = empty ? 0 : awaits === 'dot' ? buffered.indexOf('\r\n.\r\n') : buffered.indexOf('\r\n');
        if (end < 0) return;
        const piece = buffered.slice(0, end);
        buffered = buffered.slice(end + (empty ? 3 : awaits === 'dot' ? 5 : 2));
        if (awaits === 'dot') take(piece.replaceAll('\n..', '\n.'));
        else if (isLost) reply('EHLO', '500 5.5.2 unrecognized command');
        else if (offersTls && piece.toUpperCase() === 'STARTTLS') {
          this.commands.push(piece);
          this.secure(socket, session);
          return;
        } else command(piece);
      }
    });
    if (!(socket instanceof TLSSocket)) react('CONNECT', '');
  }
}

interface Transaction {
  readonly isOpen: boolean;
  readonly recipients: readonly string[];
}

const NO_TRANSACTION: Transaction = { isOpen: false, recipients: [] };

function addressIn(argument: string): string {
  return /<(.*)>/.exec(argument)?.[1] ?? '';
}

function phaseOf(line: string): SmtpPhase {
  const verb = line.slice(0, 4).toUpperCase();
  const known = (['EHLO', 'AUTH', 'MAIL', 'RCPT', 'DATA', 'BDAT', 'RSET', 'QUIT'] as const).find((phase) => phase === verb);
  return known ?? 'EHLO';
}

function answer(socket: Socket, phase: SmtpPhase, reaction: SmtpReaction): void {
  switch (reaction) {
    case 'cut':
      socket.destroy();
      return;
    case 'reset':
      socket.resetAndDestroy();
      return;
    case 'silence':
      return;
    case 'drip': {
      socket.write(phase === 'CONNECT' ? '220-' : '250-');
      const drip = setInterval(() => socket.write('x'), 10);
      socket.once('close', () => clearInterval(drip));
      return;
    }
    case 'endless': {
      const more = (): void => {
        while (!socket.destroyed && socket.write('450-x\r\n'.repeat(1_000)));
      };
      socket.on('drain', more);
      more();
      return;
    }
    default:
      socket.write(`${reaction}\r\n`);
      if (phase === 'QUIT' || reaction.startsWith('421')) socket.end();
  }
}
