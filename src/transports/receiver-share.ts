/** The part of a channel's concurrent batches that one receiver may hold. */
const SHARE = 3;

/** Most batches of a channel in flight that one of its receivers holds: a third, rounded up. */
export function receiverShare(concurrency: number): number {
  return Math.max(1, Math.ceil(concurrency / SHARE));
}
