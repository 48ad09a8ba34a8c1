import { type Clock } from '../../model/clock.js';
import { type FcmDevice } from '../../model/push-device.js';
import { type HttpConnections } from '../http/http-connections.js';
import { ofError } from '../http/http-failure.js';
import { retryAfterMs } from '../retry-after.js';
import { deviceFailure, type DeviceResult, TAKEN } from './device-result.js';
import { type ServiceAccount } from './fcm-account.js';
import { FcmCredentials, TokenRefusedError } from './fcm-credentials.js';
import { fcmMessage } from './fcm-message.js';
import { PUSH_CALLS, type PushDetails } from './push-details.js';
import { type PushPayload } from './push-content.js';
import { type PushServiceLimits } from './push-service-limits.js';
import { ofFailure } from './web-push.js';

/** Least wait after the quota of a project is used up (https://firebase.google.com/docs/cloud-messaging/throttling-and-quotas). */
const QUOTA_WAIT_MS = 60_000;

/** Sends to applications by Firebase Cloud Messaging, HTTP v1: one message a call, as there is no call for several. */
export class Fcm {
  private readonly credentials: FcmCredentials;
  private readonly url: string;
  private readonly origin: string;

  constructor(
    account: ServiceAccount,
    base: string,
    private readonly connections: HttpConnections,
    private readonly limits: PushServiceLimits,
    private readonly clock: Clock,
  ) {
    this.credentials = new FcmCredentials(account, connections, clock);
    this.url = `${base.replace(/\/$/, '')}/v1/projects/${encodeURIComponent(account.project_id)}/messages:send`;
    this.origin = new URL(base).origin;
  }

  async send(device: FcmDevice, payload: PushPayload, details: PushDetails, signal: AbortSignal): Promise<DeviceResult> {
    const held = this.limits.hold(this.origin, this.clock.now());
    if (held !== undefined) return held;
    const result = await this.attempt(device, payload, details, signal, true);
    this.limits.learn(this.origin, result, this.clock.now());
    return result;
  }

  private async attempt(
    device: FcmDevice,
    payload: PushPayload,
    details: PushDetails,
    signal: AbortSignal,
    mayRenew: boolean,
  ): Promise<DeviceResult> {
    let token: string;
    try {
      token = await this.credentials.token(signal);
    } catch (error) {
      const message = error instanceof Error ? error.message : 'no access token for FCM';
      if (signal.aborted) return deviceFailure('held', 'interrupted', message);
      return error instanceof TokenRefusedError && error.isFinal
        ? deviceFailure('credentials', 'credentials_rejected', message)
        : deviceFailure('retry', 'connection_failed', message);
    }
    const body = JSON.stringify({ message: fcmMessage(device, payload, details, this.clock.now()) });
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const answer = await this.connections.post({ url: this.url, headers, body, wantsAnswer: true }, signal);
    if (!('status' in answer)) return ofFailure(ofError(answer, signal.aborted, PUSH_CALLS));
    const code = errorCode(answer.text);
    if (answer.status === 401 && code !== 'THIRD_PARTY_AUTH_ERROR' && mayRenew) {
      this.credentials.forget();
      return this.attempt(device, payload, details, signal, false);
    }
    return resultOf(answer.status, code, retryAfterMs(answer.retryAfter, this.clock.now()));
  }
}

/** What FCM's answer means (https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode). */
function resultOf(status: number, code: string | undefined, waitMs: number | undefined): DeviceResult {
  if (status === 200) return TAKEN;
  const answered = `FCM answered ${status}${code === undefined ? '' : ` ${code}`}`;
  switch (code) {
    case 'UNREGISTERED':
    case 'SENDER_ID_MISMATCH':
      return deviceFailure('gone', 'address_rejected', `${answered}: the registration ended`);
    case 'INVALID_ARGUMENT':
      // Of the device's token; a wrong message has no code of FCM's.
      return deviceFailure('gone', 'address_rejected', `${answered}: the registration is none`);
    case 'THIRD_PARTY_AUTH_ERROR':
      return deviceFailure('permanent', 'credentials_rejected', `${answered}: check the APNs key of the Firebase project`);
    case 'QUOTA_EXCEEDED':
      return deviceFailure('retry', 'rate_limited', answered, Math.max(QUOTA_WAIT_MS, waitMs ?? 0));
    default:
      break;
  }
  if (status === 429) return deviceFailure('retry', 'rate_limited', answered, Math.max(QUOTA_WAIT_MS, waitMs ?? 0));
  // It was seen for messages that were delivered (firebase-admin-node#1248).
  if (status >= 500) return deviceFailure('uncertain', 'uncertain', answered, waitMs);
  if (status === 401 || status === 403) {
    return deviceFailure('credentials', 'credentials_rejected', `${answered}: check FCM_SERVICE_ACCOUNT`);
  }
  if (status === 404) return deviceFailure('gone', 'address_rejected', `${answered}: the registration ended`);
  return deviceFailure('permanent', 'content_rejected', answered);
}

/** The code of FCM's own detail; undefined when the answer has none. */
function errorCode(text: string | undefined): string | undefined {
  try {
    const { error } = JSON.parse(text ?? '') as { error?: { details?: readonly Readonly<Record<string, unknown>>[] } };
    const detail = error?.details?.find((one) => String(one['@type']).endsWith('google.firebase.fcm.v1.FcmError'));
    return typeof detail?.['errorCode'] === 'string' ? detail['errorCode'] : undefined;
  } catch {
    return undefined;
  }
}
