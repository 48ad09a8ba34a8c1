import { type ResolvedOptions } from '../../config/options.js';
import { type Clock } from '../../model/clock.js';
import { type JsonValue } from '../../model/notification.js';
import { HttpConnections } from '../http/http-connections.js';
import { NOT_ATTEMPTED } from '../http/http-failure.js';
import {
  type OutgoingMessage,
  type PoolStatistics,
  type SendContext,
  type SendResult,
  type Transport,
  type TransportHealth,
} from '../transport.js';
import { deviceFailure, type DeviceResult } from './device-result.js';
import { combinedResult } from './device-results.js';
import { Fcm } from './fcm.js';
import { type PushContent, type PushPayload } from './push-content.js';
import { pushDetails, type PushDetails } from './push-details.js';
import { type PushDevices, type RegisteredDevice } from './push-devices.js';
import { PushServiceLimits } from './push-service-limits.js';
import { WebPush } from './web-push.js';

const PERSON_CHARACTERS = 200;
/** Messages of a batch that are sent at once: each is encrypted per device, and the event loop gets its turn in between. */
const MESSAGES_AT_ONCE = 16;

/**
 * Sends to the devices of a person: browsers by Web Push, applications by FCM. The address is the person's id. A message is delivered once one device
 * took it and none of the others is worth another attempt; devices that took it are remembered, so that none gets it twice.
 */
export class PushTransport implements Transport<PushContent> {
  readonly batching = true;
  readonly missing: string | undefined;
  readonly destination: string;
  private readonly connections: HttpConnections;
  private readonly limits = new PushServiceLimits();
  private readonly web: WebPush | undefined;
  private readonly fcm: Fcm | undefined;
  private readonly ttlMs: number;
  private lastError: string | undefined;

  constructor(
    { vapid, fcm, allowPrivate, timeoutMs, ttlMs }: ResolvedOptions['push'],
    private readonly maxAttempts: number,
    private readonly devices: PushDevices,
    private readonly clock: Clock,
    concurrency = 10,
  ) {
    // Not the options as a whole: the transport may be printed, and they hold private keys.
    this.ttlMs = ttlMs;
    this.connections = new HttpConnections({ allowPrivate, timeoutMs, connections: concurrency });
    this.web = vapid && new WebPush(vapid, this.connections, this.limits, clock, allowPrivate);
    this.fcm = fcm && new Fcm(fcm.account, fcm.url, this.connections, this.limits, clock);
    this.destination = [...(this.web ? ['Web Push'] : []), ...(this.fcm ? ['FCM'] : [])].join(' and ');
    this.missing =
      this.destination === '' ? 'set VAPID_SUBJECT, VAPID_PUBLIC_KEY and VAPID_PRIVATE_KEY, or FCM_SERVICE_ACCOUNT' : undefined;
  }

  validateAddress(address: string): string | undefined {
    return address.length <= PERSON_CHARACTERS
      ? undefined
      : `must be the id of a person, at most ${PERSON_CHARACTERS} characters`;
  }

  /** Removes the person's devices. */
  async forget(address: string): Promise<void> {
    for (const { key } of await this.devices.of(address)) await this.devices.remove(address, key);
  }

  async send(messages: readonly OutgoingMessage<PushContent>[], context: SendContext): Promise<readonly SendResult[]> {
    const results: SendResult[] = [];
    let next = 0;
    const worker = async (): Promise<void> => {
      for (let index = next++; index < messages.length; index = next++) {
        const outgoing = messages[index];
        if (outgoing === undefined) return;
        const result = context.signal.aborted ? NOT_ATTEMPTED : await this.sendOne(outgoing, context.signal).catch(failedDevices);
        if (result.status === 'accepted') context.accepted?.(outgoing.message);
        results[index] = result;
      }
    };
    await Promise.all(Array.from({ length: Math.min(MESSAGES_AT_ONCE, messages.length) }, worker));
    return results;
  }

  health(): Promise<TransportHealth> {
    return Promise.resolve({ ok: this.lastError === undefined, detail: this.lastError ?? this.destination });
  }

  pool(): PoolStatistics {
    return this.connections.pool();
  }

  close(): Promise<void> {
    return this.connections.close();
  }

  private async sendOne({ message, content }: OutgoingMessage<PushContent>, signal: AbortSignal): Promise<SendResult> {
    const { address, attempt, progress } = message;
    const devices = await this.devices.of(address);
    const taken = takenIn(progress);
    const details = pushDetails(message, this.ttlMs, this.clock.now());
    const payload = Buffer.from(JSON.stringify(content.payload));
    const open = devices.filter(({ key }) => !taken.includes(key));
    const results = await Promise.all(
      open.map(async (registered) => ({
        key: registered.key,
        result: await this.toDevice(registered, content, payload, details, signal),
      })),
    );
    for (const { key, result } of results) {
      // A device that stays is removed at the next message: what others took must not be sent again for it.
      if (result.kind === 'gone') await this.devices.remove(address, key).catch(() => false);
    }
    const result = combinedResult(results, taken, attempt >= this.maxAttempts);
    this.lastError =
      result.status === 'failed' && result.kind === 'channel_unavailable'
        ? result.failure.message
        : result.status === 'accepted'
          ? undefined
          : this.lastError;
    return result;
  }

  private async toDevice(
    { device }: RegisteredDevice,
    content: PushContent,
    payload: Buffer,
    details: PushDetails,
    signal: AbortSignal,
  ): Promise<DeviceResult> {
    const send = (what: PushPayload, octets: Buffer): Promise<DeviceResult> => {
      if (device.kind === 'fcm') return this.fcm?.send(device, what, details, signal) ?? UNKNOWN_SERVICE;
      return this.web?.send(device, octets, details, signal) ?? UNKNOWN_SERVICE;
    };
    const result = await send(content.payload, payload);
    const { shorter } = content;
    if (result.kind !== 'permanent' || result.tooLarge !== true || shorter === undefined) return result;
    return send(shorter, Buffer.from(JSON.stringify(shorter)));
  }
}

/** A device that was registered while the service was configured. */
const UNKNOWN_SERVICE = Promise.resolve(
  deviceFailure('permanent', 'credentials_rejected', 'the credentials of the push service of this device are not set'),
);

/** Nothing was sent: the devices are looked up first. A host's own `PushDevices` may fail in any way. */
function failedDevices(error: unknown): SendResult {
  const name = error instanceof Error ? error.name : 'unknown error';
  return {
    status: 'failed',
    kind: 'retry',
    failure: { reason: 'internal', message: `the devices of the person are not known (${name})` },
  };
}

function takenIn(progress: JsonValue | undefined): readonly string[] {
  return progress === undefined ? [] : (progress as { readonly taken: readonly string[] }).taken;
}
