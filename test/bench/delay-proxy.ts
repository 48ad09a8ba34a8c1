import { connect, createServer, type Socket } from 'node:net';

/** `delay-proxy.ts PORT TO MS`: passes everything on, half of MS later in each direction. */
const [port, to, roundTripMs] = process.argv.slice(2).map(Number);

createServer((client) => {
  client.setNoDelay(true);
  const server = connect(to ?? 0, '127.0.0.1');
  server.setNoDelay(true);
  pass(client, server);
  pass(server, client);
}).listen(port, '127.0.0.1');

function pass(from: Socket, into: Socket): void {
  const halfMs = (roundTripMs ?? 0) / 2;
  from.on('data', (chunk) => (halfMs === 0 ? into.write(chunk) : setTimeout(() => into.write(chunk), halfMs)));
  from.on('end', () => setTimeout(() => into.end(), halfMs));
  from.on('error', () => into.destroy());
}
