import { setImmediate as nextTurn } from 'node:timers/promises';

/** Messages that are encrypted before others have the event loop: some 5 ms. */
const PER_TURN = 20;

/** Lets so many encryptions through in a turn of the event loop, however many devices a person has. */
export class EncryptionTurns {
  private left = PER_TURN;
  private refill: Promise<void> | undefined;

  async take(): Promise<void> {
    while (this.left === 0) await (this.refill ??= this.next());
    this.left--;
  }

  private async next(): Promise<void> {
    await nextTurn();
    this.left = PER_TURN;
    this.refill = undefined;
  }
}
