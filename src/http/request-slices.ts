/**
 * Lets so many through in a turn of the event loop, and the others in the order in which they came, turn by turn. A turn is then
 * short whatever number of clients asks at once. That is what new connections wait for: libuv accepts one in a turn
 * (https://github.com/libuv/libuv/pull/3696), so with turns of hundreds of requests a thousand clients that connect take minutes.
 */
export class RequestSlices {
  private readonly waiting: (() => void)[] = [];
  private first = 0;
  private left: number;
  private scheduled = false;

  constructor(private readonly perTurn: number) {
    this.left = perTurn;
  }

  /** Undefined when it may go on at once; otherwise resolves in its turn. */
  turn(): Promise<void> | undefined {
    this.schedule();
    if (this.left > 0) {
      this.left--;
      return undefined;
    }
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  /** How many wait. */
  get queued(): number {
    return this.waiting.length - this.first;
  }

  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      this.next();
    });
  }

  private next(): void {
    this.left = this.perTurn;
    for (; this.left > 0 && this.queued > 0; this.left--) {
      this.waiting[this.first++]?.();
    }
    if (this.queued === 0) {
      this.waiting.length = 0;
      this.first = 0;
      return;
    }
    // Without this the list would only grow while somebody always waits.
    if (this.first > this.perTurn && this.first * 2 > this.waiting.length) {
      this.waiting.splice(0, this.first);
      this.first = 0;
    }
    this.schedule();
  }
}
