import { type ResolvedOptions } from '../../config/options.js';
import { type Clock } from '../../model/clock.js';
import { type JsonValue } from '../../model/notification.js';
import { type PushDevice } from '../../model/push-device.js';
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
import { type DeviceFailure, deviceFailure, type DeviceResult } from './device-result.js';
import { combinedResult } from './device-results.js';
import { EncryptionTurns } from './encryption-turns.js';
import { Fcm } from './fcm.js';
import { type PushContent, type PushPayload } from './push-content.js';
import { pushDetails, type PushDetails } from './push-details.js';
import { type PushDevices, type RegisteredDevice } from './push-devices.js';
import { PushOrder } from './push-order.js';
import { PushServiceLimits } from './push-service-limits.js';
import { WebPush } from './web-push.js';

const PERSON_CHARACTERS = 200;
/** Messages of a batch that are sent at once: each is encrypted per device, and the event loop gets its turn in between. */
const MESSAGES_AT_ONCE = 16;
/** Push services that fail and are named in the health. */
const SHOWN_SERVICES = 3;

/**
 * Sends to the devices of a person: browsers by Web Push, applications by FCM. The address is the person's id. A message is delivered once one device
 * took it and none of the others is worth another attempt; devices that took it are remembered, so that none gets it twice.
 */
export class PushTransport implements Transport<PushContent> {
  readonly batching = true;
  readonly missing: string | undefined;
  readonly destination: string;
  private readonly connections: HttpConnections;
  private readonly limits: PushServiceLimits;
  private readonly turns = new EncryptionTurns();
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
    this.connections = new HttpConnections({ allowPrivate, timeoutMs, connections: concurrency }, clock);
    // One slot is left to the other channels.
    this.limits = new PushServiceLimits(Math.max(1, concurrency - 1));
    this.web = vapid && new WebPush(vapid, this.connections, clock, allowPrivate);
    this.fcm = fcm && new Fcm(fcm.account, fcm.url, this.connections, clock);
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

  /** See `Transport.send`. */
  async send(messages: readonly OutgoingMessage<PushContent>[], context: SendContext): Promise<readonly SendResult[]> {
    const results = new Map<OutgoingMessage<PushContent>, SendResult>();
    const order = new PushOrder(messages, MESSAGES_AT_ONCE);
    const worker = async (): Promise<void> => {
      for (let turn = order.take(); turn !== undefined; turn = order.take()) {
        const { item, fresh } = turn;
        const result = context.signal.aborted
          ? NOT_ATTEMPTED
          : await this.sendOne(item, context, order, fresh).catch(failedDevices);
        if (result === undefined) continue;
        if (result.status === 'accepted') context.accepted?.(item.message);
        results.set(item, result);
      }
    };
    await Promise.all(Array.from({ length: Math.min(MESSAGES_AT_ONCE, messages.length) }, worker));
    return messages.map((message) => results.get(message) ?? NOT_ATTEMPTED);
  }

  /** See `Transport.health`. */
  health(): Promise<TransportHealth> {
    const failing = this.limits.failing();
    const some = failing.slice(0, SHOWN_SERVICES).join('; ');
    const detail =
      failing.length === 0 ? this.destination : `${this.destination}; of its push services ${failing.length} fail: ${some}`;
    return Promise.resolve({ ok: this.lastError === undefined, detail: this.lastError ?? detail });
  }

  /** See `Transport.pool`. */
  pool(): PoolStatistics {
    return this.connections.pool();
  }

  close(): Promise<void> {
    return this.connections.close();
  }

  /** Undefined when the message was put aside. */
  private async sendOne(
    outgoing: OutgoingMessage<PushContent>,
    context: SendContext,
    order: PushOrder<OutgoingMessage<PushContent>>,
    mayWait: boolean,
  ): Promise<SendResult | undefined> {
    const { address, progress } = outgoing.message;
    const taken = takenIn(progress);
    const open = (await this.devices.of(address)).filter(({ key }) => !taken.includes(key));
    const services = open.flatMap(({ device }) => this.originOf(device) ?? []);
    if (mayWait && order.isBusy(services)) {
      order.putAside(outgoing);
      return undefined;
    }
    order.began(services);
    try {
      return await this.toDevices(outgoing, open, taken, context);
    } finally {
      order.ended(services);
    }
  }

  private async toDevices(
    { message, content }: OutgoingMessage<PushContent>,
    devices: readonly RegisteredDevice[],
    taken: readonly string[],
    context: SendContext,
  ): Promise<SendResult> {
    const details = pushDetails(message, this.ttlMs, this.clock.now());
    const payload = Buffer.from(JSON.stringify(content.payload));
    const results = await Promise.all(
      devices.map(async ({ key, device }) => {
        const result = await this.toDevice(device, content, payload, details, context);
        return { key, result, service: this.originOf(device) };
      }),
    );
    for (const { key, result } of results) {
      // A device that stays is removed at the next message: what others took must not be sent again for it.
      if (result.kind === 'gone') await this.devices.remove(message.address, key).catch(() => false);
    }
    const result = combinedResult(results, taken, message.attempt >= this.maxAttempts);
    const refusal = results.map((one) => one.result).find(isRefusal);
    if (refusal !== undefined) this.lastError = refusal.failure.message;
    else if (result.status === 'accepted') this.lastError = undefined;
    return result;
  }

  private async toDevice(
    device: PushDevice,
    content: PushContent,
    payload: Buffer,
    details: PushDetails,
    context: SendContext,
  ): Promise<DeviceResult> {
    const origin = this.originOf(device);
    if (origin === undefined) return UNKNOWN_SERVICE;
    const problem = device.kind === 'web' ? this.web?.problemOf(device) : undefined;
    if (problem !== undefined) return deviceFailure('permanent', 'address_rejected', `the endpoint ${problem}`);
    const send = (what: PushPayload, octets: Buffer): Promise<DeviceResult> =>
      this.limits.call(origin, context, this.clock, async () => {
        await this.turns.take();
        if (device.kind === 'fcm') return (await this.fcm?.send(device, what, details, context.signal)) ?? UNKNOWN_SERVICE;
        return (await this.web?.send(device, octets, details, context.signal)) ?? UNKNOWN_SERVICE;
      });
    const result = await send(content.payload, payload);
    const { shorter } = content;
    if (result.kind !== 'permanent' || result.tooLarge !== true || shorter === undefined) return result;
    return send(shorter, Buffer.from(JSON.stringify(shorter)));
  }

  /** Undefined when its service is not configured. */
  private originOf(device: PushDevice): string | undefined {
    if (device.kind === 'fcm') return this.fcm?.origin;
    return this.web === undefined || !URL.canParse(device.endpoint) ? undefined : new URL(device.endpoint).origin;
  }
}

/** A device that was registered while the service was configured. */
const UNKNOWN_SERVICE = deviceFailure(
  'permanent',
  'credentials_rejected',
  'the credentials of the push service of this device are not set',
);

/** Our credentials are refused: not by a server that alone does so, which may be anybody's. */
function isRefusal(result: DeviceResult): result is DeviceFailure {
  return (result.kind === 'credentials' || result.kind === 'held') && result.failure.reason === 'credentials_rejected';
}

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
