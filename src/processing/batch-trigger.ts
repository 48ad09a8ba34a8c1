import { type BatchTrigger } from '../config/options.js';

/**
 * When a part-filled batch of waiting messages goes: epoch ms, now or earlier when it goes at once, undefined when only more
 * messages can make it go.
 */
export function ripeAt(
  trigger: BatchTrigger,
  waiting: number,
  since: number | undefined,
  size: number,
  timeoutMs: number,
): number | undefined {
  if (waiting === 0 || since === undefined) return undefined;
  const full = waiting >= size;
  switch (trigger) {
    case 'size':
      return full ? since : undefined;
    case 'timeout':
      return since + timeoutMs;
    case 'both':
      return full ? since : since + timeoutMs;
    case 'all':
      return full ? since + timeoutMs : undefined;
  }
}
