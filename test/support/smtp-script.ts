import { once } from 'node:events';
import { TLSSocket } from 'node:tls';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { endAfterTest } from './resources.js';

export interface TlsIdentity {
  readonly key: string;
  readonly cert: string;
}

/** A moment of an SMTP session; `CONTENT` is when the final dot came. */
export type SmtpPhase = 'CONNECT' | 'EHLO' | 'AUTH' | 'MAIL' | 'RCPT' | 'DATA' | 'CONTENT' | 'RSET' | 'QUIT';

/**
 * What the server does then: a reply (without CRLF; the session ends after a 421), a broken line, nothing at all, a positive reply of which a
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
  CONTENT: '250 2.0.0 taken',
  RSET: '250 2.0.0 ok',
  QUIT: '221 2.0.0 bye',
};

/** A scripted SMTP server on a raw socket: it fails at exactly the phase that a test wants. */
export class SmtpScriptServer {
  /** Contents whose final dot came, whatever was answered. */
  readonly contents: string[] = [];
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
    private readonly pipelining: boolean,
    private readonly tls: TlsIdentity | undefined,
  ) {}

  static async start(
    script: SmtpScript = () => undefined,
    {
      pipelining = false,
      port = 0,
      tls,
    }: { readonly pipelining?: boolean; readonly port?: number; readonly tls?: TlsIdentity } = {},
  ): Promise<SmtpScriptServer> {
    const server = createServer();
    const scripted = new SmtpScriptServer(server, script, pipelining, tls);
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

  /** As Postfix answers: DATA needs a recipient, PIPELINING is told with EHLO. */
  private usual(phase: SmtpPhase, recipients: number, offersTls: boolean): string {
    if (phase === 'EHLO' && offersTls) return `250-STARTTLS\r\n${USUAL.EHLO}`;
    if (phase === 'EHLO' && this.pipelining) return `250-PIPELINING\r\n${USUAL.EHLO}`;
    return phase === 'DATA' && recipients === 0 ? '554 5.5.1 no valid recipients' : USUAL[phase];
  }

  private serve(socket: Socket): void {
    this.sessions += 1;
    this.converse(socket, this.sessions, this.tls !== undefined);
    this.sockets.add(socket);
    socket.on('close', () => this.sockets.delete(socket));
  }

  /** From here everything is under TLS (RFC 3207 §4.2: the client greets anew). */
  private secure(socket: Socket, session: number): void {
    socket.removeAllListeners('data');
    socket.write('220 2.0.0 go ahead\r\n');
    this.secured += 1;
    this.converse(new TLSSocket(socket, { isServer: true, ...this.tls }), session, false);
  }

  /** @param offersTls and nothing else is taken before it */
  private converse(socket: Socket, session: number, offersTls: boolean): void {
    let message = 0;
    let inContent = false;
    let recipients = 0;
    let buffered = '';
    const react = (phase: SmtpPhase, argument: string): void => {
      const reaction = this.script({ phase, argument, session, message }) ?? this.usual(phase, recipients, offersTls);
      if (phase === 'MAIL' || phase === 'CONTENT' || phase === 'RSET') recipients = 0;
      if (phase === 'RCPT' && reaction.startsWith('2')) recipients += 1;
      if (phase === 'DATA' && reaction.startsWith('354')) inContent = true;
      answer(socket, phase, reaction);
    };
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk) => {
      this.reads.push(chunk.toString('latin1'));
      buffered += chunk.toString('latin1');
      for (;;) {
        const empty = inContent && buffered.startsWith('.\r\n');
        const end = empty ? 0 : inContent ? buffered.indexOf('\r\n.\r\n') : buffered.indexOf('\r\n');
        if (end < 0 || socket.destroyed) return;
        const piece = buffered.slice(0, end);
        buffered = buffered.slice(end + (empty ? 3 : inContent ? 5 : 2));
        if (inContent) {
          inContent = false;
          this.contents.push(Buffer.from(piece, 'latin1').toString('utf8'));
          react('CONTENT', '');
          continue;
        }
        this.commands.push(piece);
        if (offersTls && piece.toUpperCase() === 'STARTTLS') {
          this.secure(socket, session);
          return;
        }
        const phase = phaseOf(piece);
        if (phase === 'MAIL') message += 1;
        react(phase, piece.slice(phase.length).trim());
      }
    });
    if (!(socket instanceof TLSSocket)) react('CONNECT', '');
  }
}

function phaseOf(line: string): SmtpPhase {
  const verb = line.slice(0, 4).toUpperCase();
  const known = (['EHLO', 'AUTH', 'MAIL', 'RCPT', 'DATA', 'RSET', 'QUIT'] as const).find((phase) => phase === verb);
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
