import { EventEmitter } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { type WebSocket } from 'ws';
import { WsWire } from './ws-wire.js';

/** What a wire uses of a client, without a connection. */
class FakeClient extends EventEmitter {
  readonly CLOSED = 3;
  readyState = 1;
  bufferedAmount = 0;
  readonly done: string[] = [];

  send(text: string): void {
    this.done.push(text);
  }

  ping(): void {
    this.done.push('ping');
  }

  close(code: number): void {
    this.done.push(`close ${code}`);
  }

  terminate(): void {
    this.done.push('terminate');
  }
}

describe('WsWire', () => {
  const make = (): { client: FakeClient; wire: WsWire } => {
    const client = new FakeClient();
    return { client, wire: new WsWire(client as unknown as WebSocket) };
  };

  it('says first where the reader is, then one message an event', () => {
    const { client, wire } = make();
    wire.begin('17');
    wire.write([wire.codec.event('batch', { count: 1 }, '18'), wire.codec.event('resync', { reason: 'x' })]);
    expect(client.done.map((text) => JSON.parse(text) as unknown)).toEqual([
      { event: 'open', id: '17', data: {} },
      { event: 'batch', id: '18', data: { count: 1 } },
      { event: 'resync', data: { reason: 'x' } },
    ]);
  });

  it('pings, and ends the line of one that did not answer the last ping', () => {
    const { client, wire } = make();
    wire.heartbeat();
    client.emit('pong');
    wire.heartbeat();
    expect(client.done).toEqual(['ping', 'ping']);
    wire.heartbeat();
    expect(client.done).toEqual(['ping', 'ping', 'terminate']);
  });

  it('closes with a code that says why, after the last event', () => {
    const slow = make();
    slow.wire.end('slow', 'last');
    expect(slow.client.done).toEqual(['last', 'close 1013']);
    const stopped = make();
    stopped.wire.end('stop');
    expect(stopped.client.done).toEqual(['close 1001']);
  });

  it('tells that the line has ended, also when it had', () => {
    const { client, wire } = make();
    let ended = 0;
    wire.onEnd(() => ended++);
    client.emit('close');
    expect(ended).toBe(1);
    client.readyState = client.CLOSED;
    wire.onEnd(() => ended++);
    expect(ended).toBe(2);
  });
});
