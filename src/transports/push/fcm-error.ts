import { isRecord } from '../../model/record.js';
/** What an answer of FCM says of its error (https://firebase.google.com/docs/cloud-messaging/error-codes). */
export interface FcmError {
  /** FCM's own code; undefined when the answer has none. */
  readonly code: string | undefined;
  /** Which fields of the request are wrong; none when the answer does not say. */
  readonly fields: readonly string[];
}

const FCM_DETAIL = 'google.firebase.fcm.v1.FcmError';
const FIELDS_DETAIL = 'google.rpc.BadRequest';

/** Reads the body of an answer; a body of a proxy, or none, says nothing. */
export function fcmErrorIn(text: string | undefined): FcmError {
  const details = detailsIn(text);
  const { errorCode } = details.find((detail) => isOf(detail, FCM_DETAIL)) ?? {};
  const violations = details
    .filter((detail) => isOf(detail, FIELDS_DETAIL))
    .flatMap((detail) => listOf(detail['fieldViolations']));
  return {
    code: typeof errorCode === 'string' ? errorCode : undefined,
    fields: violations.flatMap(({ field }) => (typeof field === 'string' ? [field] : [])),
  };
}

function detailsIn(text: string | undefined): readonly Record<string, unknown>[] {
  try {
    const answer: unknown = JSON.parse(text ?? '');
    const error = isRecord(answer) ? answer['error'] : undefined;
    return isRecord(error) ? listOf(error['details']) : [];
  } catch {
    return [];
  }
}

function isOf(detail: Record<string, unknown>, type: string): boolean {
  return typeof detail['@type'] === 'string' && detail['@type'].endsWith(type);
}

function listOf(value: unknown): readonly Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}
