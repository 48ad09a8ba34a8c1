import { EventEmitter } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import { type WebSocket } from 'ws';
import { type QueueService } from '../../queue/queue.service.js';
import { takeReadReceipts } from './read-receipts.js';

/** What is used of a client, without a connection. */
class FakeClient extends EventEmitter {
  readonly OPEN = 1;
  readyState = 1;
  readonly done: string[] = [];

  pause(): void {
    this.done.push('pause');
  }

  resume(): void {
    this.done.push('resume');
  }

  send(text: string): void {
    this.done.push(text);
  }

  close(code: number): void {
    this.readyState = 2;
    this.done.push(`close ${code}`);
  }

  say(message: unknown): void {
    this.emit('message', Buffer.from(JSON.stringify(message)), false);
  }
}

function listening(): { readonly client: FakeClient; readonly asked: string[]; readonly answer: () => void } {
  const client = new FakeClient();
  const asked: string[] = [];
  const waiting: (() => void)[] = [];
  const queue = {
    find: (id: string) =>
      new Promise((resolve) => {
        asked.push(id);
        waiting.push(() => resolve(undefined));
      }),
  };
  takeReadReceipts(client as unknown as WebSocket, 'ann', queue as unknown as QueueService);
  return { client, asked, answer: () => waiting.shift()?.() };
}

it('takes what came in one piece one after the other, and reads on when all of it is done', async () => {
  const { client, asked, answer } = listening();
  for (const id of ['a', 'b', 'c']) client.say({ read: [id] });
  for (const known of [['a'], ['a', 'b'], ['a', 'b', 'c']]) {
    await nextTurn();
    expect(asked).toEqual(known);
    expect(client.done).not.toContain('resume');
    answer();
  }
  await nextTurn();
  expect(client.done.filter((done) => done === 'resume')).toHaveLength(1);
});

it('takes nothing more from a line that it closed', async () => {
  const { client, asked } = listening();
  client.say('nonsense');
  client.say({ read: ['a'] });
  await nextTurn();
  expect(client.done).toEqual(['close 1003']);
  expect(asked).toEqual([]);
});
