/** Work that goes on at the same time, at most so many pieces at once. */
export class Bounded {
  private readonly inFlight = new Set<Promise<unknown>>();

  constructor(private readonly most: number) {}

  /** Resolves when there is room for one more piece. @param work must not reject */
  async add(work: Promise<unknown>): Promise<void> {
    const piece = work.finally(() => this.inFlight.delete(piece));
    this.inFlight.add(piece);
    while (this.inFlight.size >= this.most) await Promise.race(this.inFlight);
  }

  /** Resolves when no piece is in flight. */
  async done(): Promise<void> {
    await Promise.all(this.inFlight);
  }
}
