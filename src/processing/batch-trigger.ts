import { type BatchTrigger } from '../config/options.js';

/**
 * When a part-filled batch of waiting messages goes: epoch ms, now or earlier when it goes at once, undefined when only more
 * messages can make it go.
 *
 * @param until when one of them must go, because it would expire
 */
export function flushAt(
  trigger: BatchTrigger,
  waiting: number,
  since: number | undefined,
  size: number,
  timeoutMs: number,
  until?: number,
): number | undefined {
  if (waiting === 0 || since === undefined) return undefined;
  const at = flushAtByTrigger(trigger, waiting >= size, since, timeoutMs);
  return until === undefined ? at : Math.min(until, at ?? Infinity);
}

function flushAtByTrigger(trigger: BatchTrigger, full: boolean, since: number, timeoutMs: number): number | undefined {
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
