import { type WebSocket } from 'ws';
import { NotificationError } from '../../model/errors.js';
import { type QueueService } from '../../queue/queue.service.js';
import { WS_CODEC } from './ws-wire.js';

/** Deliveries that one message may name. */
const MAX_IDS = 100;
/** RFC 6455 §7.4.1: a message of a kind that is not taken. */
const UNSUPPORTED = 1003;

/**
 * Takes what a reader says upstream: `{ "read": [deliveryId, …] }`, at most 100 ids, of its own user. Each is marked as by
 * `POST deliveries/:id/read`; the answer is the event `read` with the ids that were this user's. Anything else closes the line with 1003.
 */
export function takeReadReceipts(client: WebSocket, user: string | undefined, queue: QueueService): void {
  let marking = Promise.resolve();
  let waiting = 0;
  client.on('message', (data, isBinary) => {
    if (client.readyState !== client.OPEN) return;
    const ids = isBinary ? undefined : idsOf(textOf(data));
    if (ids === undefined) {
      client.close(UNSUPPORTED, `send {"read": [id, …]} with 1..${MAX_IDS} ids`);
      return;
    }
    // One message at a time: a client that says more waits in its own buffers. What was read from the socket already comes in spite of the pause.
    waiting++;
    client.pause();
    marking = marking
      .then(() => markAll(ids, user, queue))
      .then((read) => client.send(WS_CODEC.event('read', { read }), () => undefined))
      .catch(() => client.close(1011))
      .finally(() => {
        waiting--;
        if (waiting === 0) client.resume();
      });
  });
}

async function markAll(ids: readonly string[], user: string | undefined, queue: QueueService): Promise<readonly string[]> {
  const read: string[] = [];
  for (const id of ids) {
    const delivery = await queue.find(id);
    const isOwn = user !== undefined && delivery?.channel === 'sse' && (delivery.to === user || delivery.to === `user:${user}`);
    if (!isOwn) continue;
    try {
      await queue.markRead(id);
    } catch (error) {
      // There is nothing left to cancel; it was read all the same.
      if (!(error instanceof NotificationError) || error.code === 'store_failed') throw error;
    }
    read.push(id);
  }
  return read;
}

function idsOf(text: string): readonly string[] | undefined {
  const said = parsed(text);
  if (typeof said !== 'object' || said === null || Object.keys(said).join() !== 'read') return undefined;
  const { read } = said as { readonly read: unknown };
  const isList = Array.isArray(read) && read.length > 0 && read.length <= MAX_IDS;
  return isList && read.every((id) => typeof id === 'string' && id.length <= 100) ? (read as string[]) : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function textOf(data: Buffer | ArrayBuffer | Buffer[]): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString();
  return Buffer.isBuffer(data) ? data.toString() : Buffer.from(data).toString();
}
