import { type Clock } from '../../model/clock.js';
import { type FcmDevice } from '../../model/push-device.js';
import { type HttpConnections } from '../http/http-connections.js';
import { ofError } from '../http/http-failure.js';
import { retryAfterMs } from '../retry-after.js';
import { type DeviceFailure, deviceFailure, type DeviceResult, TAKEN } from './device-result.js';
import { type ServiceAccount } from './fcm-account.js';
import { FcmCredentials, TokenRefusedError } from './fcm-credentials.js';
import { type FcmError, fcmErrorIn } from './fcm-error.js';
import { fcmMessage } from './fcm-message.js';
import { PUSH_CALLS, type PushDetails } from './push-details.js';
import { type PushPayload } from './push-content.js';
import { ofFailure } from './web-push.js';

/** Least wait after the quota of a project is used up (https://firebase.google.com/docs/cloud-messaging/throttling-and-quotas). */
const QUOTA_WAIT_MS = 60_000;

/** The field of a request that names the device. */
const TOKEN_FIELD = 'message.token';

/** Sends to applications by Firebase Cloud Messaging, HTTP v1: one message a call, as there is no call for several. */
export class Fcm {
  readonly origin: string;
  private readonly credentials: FcmCredentials;
  private readonly url: string;

  constructor(
    account: ServiceAccount,
    base: string,
    private readonly connections: HttpConnections,
    private readonly clock: Clock,
  ) {
    this.credentials = new FcmCredentials(account, connections, clock);
    this.url = `${base.replace(/\/$/, '')}/v1/projects/${encodeURIComponent(account.project_id)}/messages:send`;
    this.origin = new URL(base).origin;
  }

  async send(device: FcmDevice, payload: PushPayload, details: PushDetails, signal: AbortSignal): Promise<DeviceResult> {
    const answer = await this.post({ message: fcmMessage(device, payload, details, this.clock.now()) }, signal);
    if ('kind' in answer) return answer;
    const { status, error, waitMs } = answer;
    if (status !== 400) return resultOf(status, error.code, waitMs);
    return this.ofBadRequest(device, error, signal);
  }

  /**
   * FCM answers 400 for a token that is none and for a message that it does not take, often in the same words; a token is known to be wrong when its
   * field is named, or when a message that is valid is refused as well
   * (https://firebase.google.com/docs/cloud-messaging/manage-tokens#detect-invalid-token-responses-from-the-fcm-backend).
   */
  private async ofBadRequest({ token }: FcmDevice, { code, fields }: FcmError, signal: AbortSignal): Promise<DeviceResult> {
    if (fields.length > 0) return fields.includes(TOKEN_FIELD) ? NO_TOKEN : REFUSED;
    if (code === 'INVALID_ARGUMENT') {
      const answer = await this.post({ validate_only: true, message: { token } }, signal);
      if ('kind' in answer) return answer;
      if (answer.status !== 200)
        return answer.status === 400 ? NO_TOKEN : resultOf(answer.status, answer.error.code, answer.waitMs);
    }
    // One that is too large has no status of its own.
    return { ...REFUSED, tooLarge: true };
  }

  /** One call; with a new access token when FCM refuses the one that there was. */
  private async post(request: object, signal: AbortSignal, mayRenew = true): Promise<FcmAnswer | DeviceFailure> {
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
    const body = JSON.stringify(request);
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const answer = await this.connections.post({ url: this.url, headers, body, wantsAnswer: true }, signal);
    if (!('status' in answer)) return ofFailure(ofError(answer, signal.aborted, PUSH_CALLS));
    const error = fcmErrorIn(answer.text);
    if (answer.status === 401 && error.code !== 'THIRD_PARTY_AUTH_ERROR' && mayRenew) {
      this.credentials.forget(token);
      return this.post(request, signal, false);
    }
    return { status: answer.status, error, waitMs: retryAfterMs(answer.retryAfter, this.clock.now()) };
  }
}

interface FcmAnswer {
  readonly status: number;
  readonly error: FcmError;
  readonly waitMs: number | undefined;
}

const NO_TOKEN = deviceFailure('gone', 'address_rejected', 'FCM answered 400 INVALID_ARGUMENT: the registration token is none');
const REFUSED = deviceFailure('permanent', 'content_rejected', 'FCM answered 400 INVALID_ARGUMENT: the message is refused');

/** What an answer means, 400 aside (https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode). */
function resultOf(status: number, code: string | undefined, waitMs: number | undefined): DeviceResult {
  if (status === 200) return TAKEN;
  const answered = `FCM answered ${status}${code === undefined ? '' : ` ${code}`}`;
  switch (code) {
    case 'UNREGISTERED':
    case 'SENDER_ID_MISMATCH':
      return deviceFailure('gone', 'address_rejected', `${answered}: the registration ended`);
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
  // Without a code of FCM's it may be the project that is not found.
  if (status === 404) {
    return {
      ...deviceFailure('credentials', 'credentials_rejected', `${answered}: check the project of FCM_SERVICE_ACCOUNT`),
      perDevice: true,
    };
  }
  return deviceFailure('permanent', 'content_rejected', answered);
}
