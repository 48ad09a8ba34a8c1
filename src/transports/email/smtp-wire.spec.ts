import { type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { SmtpWire } from './smtp-wire.js';

/** A connection whose operating system takes one write at a time, when `takeOne` is called. */
class SlowSocket extends Duplex {
  readonly taken: string[] = [];
  private taking: (() => void) | undefined;

  override _write(chunk: Buffer, _: string, done: () => void): void {
    this.taking = () => {
      this.taken.push(chunk.toString());
      done();
    };
  }

  override _read(): void {
    // Nothing comes.
  }

  async takeOne(): Promise<void> {
    const { taking } = this;
    this.taking = undefined;
    taking?.();
    await nextTurn();
    await nextTurn();
  }
}

function wired() {
  const socket = new SlowSocket();
  const wire = new SmtpWire(socket as unknown as Socket, { replied: () => undefined, garbled: () => undefined });
  return { socket, wire };
}

function* noted(names: readonly string[], made: string[]): Generator<Buffer> {
  for (const name of names) {
    made.push(name);
    yield Buffer.from(name);
  }
}

describe('the wire of a session', () => {
  it('G8 makes a slice when the one before is with the operating system, and writes what comes meanwhile behind them', async () => {
    const { socket, wire } = wired();
    const [made, flushed]: [string[], string[]] = [[], []];
    wire.write(noted(['a', 'b', 'c'], made), () => flushed.push('first'));
    wire.write('d', () => flushed.push('second'));
    await nextTurn();
    expect(made).toEqual(['a']);
    await socket.takeOne();
    expect([made, socket.taken, flushed]).toEqual([['a', 'b'], ['a'], []]);
    await socket.takeOne();
    await socket.takeOne();
    expect([socket.taken, flushed]).toEqual([['a', 'b', 'c'], ['first']]);
    await socket.takeOne();
    expect([socket.taken, flushed]).toEqual([
      ['a', 'b', 'c', 'd'],
      ['first', 'second'],
    ]);
    wire.write('e', () => flushed.push('third'));
    await socket.takeOne();
    expect([socket.taken.at(-1), flushed.at(-1)]).toEqual(['e', 'third']);
  });

  it('writes once what is written when slices are flushed', async () => {
    const { socket, wire } = wired();
    const made: string[] = [];
    wire.write(noted(['a'], made), () => wire.write(noted(['b', 'c'], made)));
    await socket.takeOne();
    expect([socket.taken, made]).toEqual([['a'], ['a', 'b']]);
    await socket.takeOne();
    await socket.takeOne();
    expect(socket.taken).toEqual(['a', 'b', 'c']);
  });

  it('makes no slice more once it is cut', async () => {
    const { socket, wire } = wired();
    const made: string[] = [];
    wire.write(noted(['a', 'b'], made), () => made.push('flushed'));
    wire.cut();
    await socket.takeOne();
    expect(made).toEqual(['a']);
  });
});
