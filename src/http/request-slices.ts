/** How many requests go on in one turn of the event loop. */
export interface SliceSizes {
  /** In a turn after one that accepted no connection. */
  readonly usual: number;
  /** In a turn after one that accepted a connection: probably more of them wait. */
  readonly whileConnecting: number;
}

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
  private connecting = false;

  constructor(private readonly sizes: SliceSizes) {
    this.left = sizes.usual;
  }

  /** Tells that a connection was accepted in this turn. */
  connected(): void {
    this.connecting = true;
    this.schedule();
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
    const { usual, whileConnecting } = this.sizes;
    this.left = this.connecting ? whileConnecting : usual;
    // The turn after a small slice is looked at again, or the slice would stay small.
    const isSmall = this.connecting;
    this.connecting = false;
    for (; this.left > 0 && this.queued > 0; this.left--) {
      this.waiting[this.first++]?.();
    }
    if (this.queued === 0) {
      this.waiting.length = 0;
      this.first = 0;
    } else if (this.first > usual && this.first * 2 > this.waiting.length) {
      // Without this the list would only grow while somebody always waits.
      this.waiting.splice(0, this.first);
      this.first = 0;
    }
    if (this.queued > 0 || isSmall) this.schedule();
  }
}
