import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { ANSWER, COMMANDS, encodePdu, PduReader, text } from '../../examples/smpp/smpp-pdu.js';
import { endAfterTest } from './resources.js';

export interface ShortMessage {
  readonly to: string;
  readonly from: string;
  readonly coding: number;
  readonly payload: Buffer;
}

/** A message centre on loopback that speaks SMPP 3.4; it reads the data units by the specification, apart from the example's own writer. */
export class SmppServer {
  readonly messages: ShortMessage[] = [];
  readonly sockets = new Set<Socket>();
  binds = 0;
  unbinds = 0;
  port = 0;
  password = 'secret';
  /** The status of the answer; undefined: it never answers. */
  reply: (message: ShortMessage) => number | undefined = () => 0;
  private readonly server = createServer((socket) => this.serve(socket));

  static async start(): Promise<SmppServer> {
    const smpp = new SmppServer();
    smpp.server.listen(0, '127.0.0.1');
    await once(smpp.server, 'listening');
    smpp.port = (smpp.server.address() as AddressInfo).port;
    endAfterTest('the message centre', () => smpp.stop());
    return smpp;
  }

  async stop(): Promise<void> {
    if (!this.server.listening) return;
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }

  private serve(socket: Socket): void {
    const reader = new PduReader();
    let isBound = false;
    this.sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => this.sockets.delete(socket));
    socket.on('data', (chunk) => {
      for (const { command, sequence, body } of reader.read(chunk)) {
        const answer = (status: number, content: Buffer = Buffer.alloc(0)): unknown =>
          socket.write(encodePdu({ command: command + ANSWER, status, sequence, body: content }));
        if (command === COMMANDS.bindTransmitter) {
          this.binds++;
          const [, password] = body.toString('latin1').split('\0');
          isBound = password === this.password;
          answer(isBound ? 0 : 0x0e, text('centre'));
        } else if (command === COMMANDS.submitSm) {
          const message = messageOf(body);
          this.messages.push(message);
          const status = isBound ? this.reply(message) : 0x04;
          if (status !== undefined) answer(status, text(`id-${this.messages.length}`));
        } else if (command === COMMANDS.unbind) {
          this.unbinds++;
          answer(0);
          socket.end();
        } else if (command < ANSWER) answer(0);
      }
    });
  }
}

/** SMPP 3.4 §4.4.1 */
function messageOf(body: Buffer): ShortMessage {
  let at = 0;
  const string = (): string => {
    const end = body.indexOf(0, at);
    const value = body.toString('latin1', at, end);
    at = end + 1;
    return value;
  };
  const octet = (): number => body.readUInt8(at++);
  string();
  octet();
  octet();
  const from = string();
  octet();
  octet();
  const to = string();
  for (let field = 0; field < 3; field++) octet();
  string();
  string();
  octet();
  octet();
  const coding = octet();
  octet();
  const octets = octet();
  let payload = body.subarray(at, at + octets);
  at += octets;
  while (at < body.length) {
    const tag = body.readUInt16BE(at);
    const length = body.readUInt16BE(at + 2);
    if (tag === 0x0424) payload = body.subarray(at + 4, at + 4 + length);
    at += 4 + length;
  }
  return { to, from, coding, payload: Buffer.from(payload) };
}
