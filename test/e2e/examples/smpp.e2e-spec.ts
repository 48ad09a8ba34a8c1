import { once } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { encodePdu } from '../../../examples/smpp/smpp-pdu.js';
import { SmppTransport } from '../../../examples/smpp/smpp.transport.js';
import { type SendResult } from '../../../src/index.js';
import { describeTransport, type ReceiverAnswer, type TransportUnderTest } from '../../../src/testing.js';
import { claimedMessage } from '../../support/claimed-message.js';
import { endAfterTest } from '../../support/resources.js';
import { SmppServer } from '../../support/smpp-server.js';

const PASSWORD = 'canary-smpp-password';
const STATUS: Readonly<Record<ReceiverAnswer, number | undefined>> = { accept: 0, refuse: 0x0b, later: 0x58, hang: undefined };

async function start(password = PASSWORD): Promise<{ readonly server: SmppServer; readonly transport: SmppTransport }> {
  const server = await SmppServer.start();
  server.password = PASSWORD;
  const transport = new SmppTransport({ host: '127.0.0.1', port: server.port, systemId: 'robot', password }, 'Example');
  endAfterTest('the transport', () => transport.close());
  return { server, transport };
}

describeTransport({ describe, it, expect }, 'of the example smpp', async (): Promise<TransportUnderTest<string>> => {
  const { server, transport } = await start();
  return {
    transport,
    channel: 'smpp',
    addressOf: (number) => `+43123456${String(number).padStart(3, '0')}`,
    contentOf: (text) => text,
    answerWith: (answer) => (server.reply = ({ to }) => STATUS[answer(`+${to}`)]),
    received: () => server.messages.length,
    secrets: [PASSWORD],
    discard: () => server.stop(),
  };
});

describe('the example smpp', () => {
  const send = (transport: SmppTransport, contents: readonly string[] = ['Hello']): Promise<readonly SendResult[]> =>
    transport.send(
      contents.map((content) => ({ message: claimedMessage([{}], { address: '+4312345678' }), content })),
      { signal: new AbortController().signal, lane: 'normal' },
    );
  const said = (result: SendResult | undefined): string =>
    result?.status === 'failed' ? `${result.kind} ${result.failure.reason}` : String(result?.status);

  it.each([
    [0x00, 'accepted'],
    [0x0b, 'permanent address_rejected'],
    [0x14, 'retry rate_limited'],
    [0x58, 'retry rate_limited'],
    [0x08, 'retry temporarily_refused'],
    [0x0f, 'channel_unavailable credentials_rejected'],
    [0x45, 'retry temporarily_refused'],
    [0x62, 'permanent content_rejected'],
  ])('status %i: %s', async (status, expected) => {
    const { server, transport } = await start();
    server.reply = () => status;
    expect(said((await send(transport))[0])).toBe(expected);
  });

  it('says it in the alphabet of GSM where it can, else in UCS-2', async () => {
    const { server, transport } = await start();
    await send(transport, ['Où? 5 € {ok}', 'Žluťoučký 🙂']);
    expect(server.messages.map(({ to, from, coding }) => [to, from, coding])).toEqual([
      ['4312345678', 'Example', 0],
      ['4312345678', 'Example', 8],
    ]);
    const [gsm, ucs2] = server.messages.map(({ payload }) => payload);
    expect(gsm?.toString('hex')).toBe('4f063f2035201b65201b286f6b1b29');
    expect(
      Buffer.from(ucs2 ?? [])
        .swap16()
        .toString('utf16le'),
    ).toBe('Žluťoučký 🙂');
  });

  it('sends a batch over one connection, which it makes again after it has ended', async () => {
    const { server, transport } = await start();
    expect(
      (
        await send(
          transport,
          Array.from({ length: 50 }, (_, i) => `n${i}`),
        )
      ).map(said),
    ).toEqual(Array(50).fill('accepted'));
    expect(server.binds).toBe(1);
    const [socket] = server.sockets;
    if (socket === undefined) throw new Error('there is no connection');
    const closed = once(socket, 'close');
    // A request of the centre: the transport answers and goes.
    socket.write(encodePdu({ command: 0x06, status: 0, sequence: 1, body: Buffer.alloc(0) }));
    await closed;
    expect((await send(transport, ['a', 'b', 'c'])).map(said)).toEqual(['accepted', 'accepted', 'accepted']);
    expect(server.binds).toBe(2);
    await transport.close();
    expect(server.unbinds).toBe(1);
  });

  it('pauses the channel when the centre refuses its password, and sends nothing', async () => {
    const { server, transport } = await start('wrong');
    expect(said((await send(transport))[0])).toBe('channel_unavailable credentials_rejected');
    expect(server.messages).toEqual([]);
  });

  it('does not know of what it sent before the line broke, and takes no rubbish', async () => {
    const { server, transport } = await start();
    server.reply = () => {
      for (const socket of server.sockets) socket.write(Buffer.alloc(32, 0xff));
      return undefined;
    };
    expect(said((await send(transport))[0])).toBe('uncertain uncertain');
  });
});
