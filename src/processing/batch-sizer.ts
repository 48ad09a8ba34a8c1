/** What one batch told of the load. */
export interface BatchObservation {
  /** Messages in it. */
  readonly size: number;
  /** More was waiting than it could take. */
  readonly pressed: boolean;
  /** Messages that failed in a way another try may mend. */
  readonly retryable: number;
}

/**
 * The size of the next batch: additive increase, multiplicative decrease (Chiu & Jain, 1989). It grows by a tenth of the most
 * while work is pressing and taken, and halves when a tenth or more of a batch must be tried again.
 */
export function nextBatchSize(size: number, { size: sent, pressed, retryable }: BatchObservation, maxSize: number): number {
  if (retryable > 0 && retryable * 10 >= sent) return Math.max(1, Math.floor(size / 2));
  if (!pressed || sent < size) return size;
  return Math.min(maxSize, size + Math.max(1, Math.ceil(maxSize / 10)));
}
