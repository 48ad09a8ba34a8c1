import { type SendResult } from '../transport.js';
import { type DeviceFailure, type DeviceResult } from './device-result.js';

/** Which failure of several decides over a message that no device took, and in what order. */
const ORDER: readonly DeviceFailure['kind'][] = ['retry', 'uncertain', 'held', 'credentials', 'permanent', 'gone'];

const NO_DEVICE: SendResult = {
  status: 'failed',
  kind: 'permanent',
  failure: { reason: 'no_address', message: 'the person has no device; one registers with POST push/devices' },
};

/**
 * What the results of a person's devices come to: one message is one delivery, however many devices there are. It goes on while a device that did
 * not take it may still do so; then it is delivered if any device took it.
 *
 * @param taken keys of devices that took it at an earlier attempt
 * @param isLast no further attempt will be made
 */
export function combinedResult(
  results: readonly { readonly key: string; readonly result: DeviceResult; readonly service?: string | undefined }[],
  taken: readonly string[],
  isLast: boolean,
): SendResult {
  const allTaken = [...taken, ...results.filter(({ result }) => result.kind === 'taken').map(({ key }) => key)];
  const failures = results.flatMap(({ result, service }) => (result.kind === 'taken' ? [] : [{ ...result, service }]));
  const open = failures.filter(({ kind }) => kind === 'retry' || kind === 'uncertain' || kind === 'held');
  if (open.length === 0 && allTaken.length > 0) return { status: 'accepted' };
  const [failure] = failures.toSorted((one, other) => ORDER.indexOf(one.kind) - ORDER.indexOf(other.kind));
  if (failure === undefined) return NO_DEVICE;
  const progress = allTaken.length === 0 ? {} : { progress: { taken: allTaken } };
  const onlyHeld = open.length > 0 && open.every(({ kind }) => kind === 'held');
  if (isLast && allTaken.length > 0 && !onlyHeld) return { status: 'accepted' };
  const waits = open.map(({ retryAfterMs }) => retryAfterMs ?? 0);
  const retryAfterMs = waits.length === 0 ? 0 : Math.min(...waits);
  const wait = {
    ...(retryAfterMs > 0 ? { retryAfterMs } : {}),
    // One push service that fails says nothing about the channel.
    ...(failure.service === undefined ? {} : { endpoint: failure.service }),
  };
  if (onlyHeld) return { status: 'failed', kind: 'deferred', failure: failure.failure, ...wait, ...progress };
  switch (failure.kind) {
    case 'retry':
    case 'held':
      return { status: 'failed', kind: 'retry', failure: failure.failure, ...wait, ...progress };
    case 'uncertain':
      // The message has a topic and a tag: on a device that took it a repeat takes its place. What others took is not lost.
      return {
        status: 'failed',
        kind: allTaken.length > 0 ? 'retry' : 'uncertain',
        failure: failure.failure,
        ...wait,
        ...progress,
      };
    case 'credentials':
      return { status: 'failed', kind: 'channel_unavailable', failure: failure.failure, ...progress };
    case 'permanent':
    case 'gone':
      return { status: 'failed', kind: 'permanent', failure: failure.failure };
  }
}
