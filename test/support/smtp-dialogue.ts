import { once } from 'node:events';
import { connect } from 'node:net';

/**
 * Says something to an SMTP server in one write, as a client that pipelines does, once it has greeted and answered EHLO.
 *
 * @param text everything after EHLO, QUIT at its end
 * @returns the codes of the replies, without those to the greeting, EHLO and QUIT
 */
export async function dialogue(port: number, text: string): Promise<readonly number[]> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  let received = '';
  let hasGreeted = false;
  let isSaid = false;
  socket.on('data', (chunk) => {
    received += chunk.toString('latin1');
    const greeted = codes(received).length >= 1;
    const answered = codes(received).length >= 2;
    if (greeted && !hasGreeted) socket.write('EHLO client.test\r\n');
    if (answered && !isSaid) socket.write(text, 'latin1');
    hasGreeted ||= greeted;
    isSaid ||= answered;
  });
  socket.on('error', () => socket.destroy());
  await once(socket, 'close');
  return codes(received).slice(2, -1);
}

function codes(received: string): readonly number[] {
  return [...received.matchAll(/^(\d{3}) .*\r\n/gm)].map(([, code]) => Number(code));
}
