import { type Failure, type FailureReason } from '../../model/failure.js';

/** What became of a message on one device. */
export type DeviceResult =
  | { readonly kind: 'taken' }
  | {
      /**
       * - `gone`: the subscription ended, the device is removed;
       * - `retry`, `uncertain`, `permanent`: as for a message;
       * - `credentials`: the service refuses the application;
       * - `held`: the service asked for time, nothing was sent.
       */
      readonly kind: 'gone' | 'retry' | 'uncertain' | 'permanent' | 'credentials' | 'held';
      readonly failure: Failure;
      readonly retryAfterMs?: number;
      /** What the service answered, where a shorter message would help. */
      readonly tooLarge?: true;
      /** Of `credentials`: the service may refuse this subscription alone. */
      readonly perDevice?: true;
    };

export type DeviceFailure = Exclude<DeviceResult, { readonly kind: 'taken' }>;

export const TAKEN: DeviceResult = { kind: 'taken' };

export function deviceFailure(
  kind: DeviceFailure['kind'],
  reason: FailureReason,
  message: string,
  retryAfterMs?: number,
): DeviceFailure {
  return { kind, failure: { reason, message }, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}
