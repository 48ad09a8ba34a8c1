import { type ResolvedOptions } from '../config/options.js';
import { isPlainObject } from '../model/field-checks.js';

/** Fills a missing `channel` (unless there are `channels`) and `to`: what is checked, stored and compared afterwards is as if the caller had given them. */
export function withDefaults(input: unknown, { channel, to }: ResolvedOptions['defaults']): unknown {
  if (!isPlainObject(input)) return input;
  const filled = {
    ...(channel !== undefined && input['channel'] === undefined && input['channels'] === undefined ? { channel } : {}),
    ...(to !== undefined && input['to'] === undefined ? { to } : {}),
  };
  return Object.keys(filled).length === 0 ? input : { ...input, ...filled };
}
