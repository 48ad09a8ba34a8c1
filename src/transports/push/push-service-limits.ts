import { Breaker } from '../../model/breaker.js';
import { type Clock } from '../../model/clock.js';
import { type DeviceFailure, deviceFailure, type DeviceResult } from './device-result.js';
import { PushServiceCalls } from './push-service-calls.js';

/** Push services are few; an attacker's endpoints may name many. */
const MAX_SERVICES = 1_000;
/** How long a device that a service took says that our credentials are right, ms. */
const CREDENTIALS_KNOWN_MS = 60 * 60 * 1_000;

interface Service {
  readonly breaker: Breaker;
  readonly calls: PushServiceCalls;
  blockedUntil: number;
  takenAt: number;
  /** Calls in a row that were refused for our credentials. */
  refusals: number;
}

/** What is known of each push service (an origin): a circuit breaker, until when it asked to be left alone, whether it knows us, and who is calling it. */
export class PushServiceLimits {
  private readonly services = new Map<string, Service>();

  /** @param slots batches that may be sent at once */
  constructor(private readonly slots: number) {}

  /**
   * Makes a call to a service unless it must be left alone now, and learns from it.
   *
   * @param batch what the call belongs to
   * @param call  rejects when nothing was sent
   * @returns what became of it, given what else is known of the service
   */
  async call(origin: string, batch: object, clock: Clock, call: () => Promise<DeviceResult>): Promise<DeviceResult> {
    const held = this.held(origin, batch, clock.now());
    if (held !== undefined) return held;
    const end = this.of(origin).calls.begin(batch, clock.now());
    try {
      const result = await call();
      return this.learn(origin, result, clock.now());
    } catch (error) {
      // The keys of a device that a host keeps may be none. Nothing was sent.
      this.of(origin).breaker.released();
      const name = error instanceof Error ? error.name : 'unknown error';
      return deviceFailure('permanent', 'internal', `the message could not be made for this device (${name})`);
    } finally {
      end();
    }
  }

  /** The services that are left alone because they fail, and how. */
  failing(): readonly string[] {
    return [...this.services].flatMap(
      ([
        origin,
        {
          breaker: { detail },
        },
      ]) => (detail === undefined ? [] : [`${origin}: ${detail}`]),
    );
  }

  /** Why nothing may be sent to a service now; undefined: something may. */
  private held(origin: string, batch: object, now: number): DeviceFailure | undefined {
    const { blockedUntil, breaker, calls } = this.of(origin);
    if (blockedUntil > now) return deviceFailure('held', 'rate_limited', 'the push service asked to wait', blockedUntil - now);
    const slowMs = calls.waitMs(batch, this.slots, now);
    if (slowMs !== undefined) {
      return deviceFailure('held', 'temporarily_refused', 'the push service is slow, and others wait as well', slowMs);
    }
    if (breaker.allows(now)) return undefined;
    const waitMs = Math.max(1_000, (breaker.probeAt ?? now) - now);
    return deviceFailure('held', 'temporarily_refused', `the push service fails: ${breaker.detail ?? ''}`, waitMs);
  }

  private learn(origin: string, result: DeviceResult, now: number): DeviceResult {
    const service = this.of(origin);
    switch (result.kind) {
      case 'retry':
      case 'uncertain':
        if (result.failure.reason === 'rate_limited') {
          service.blockedUntil = Math.max(service.blockedUntil, now + (result.retryAfterMs ?? 1_000));
          service.breaker.released();
        } else service.breaker.failed(result.failure.message, now);
        return result;
      case 'taken':
        service.takenAt = now;
        service.refusals = 0;
        service.breaker.succeeded();
        return result;
      case 'gone':
      case 'permanent':
        service.breaker.succeeded();
        return result;
      case 'credentials':
        return this.refused(origin, service, result, now);
      case 'held':
        // Nothing was sent: a probe is still to be made.
        service.breaker.released();
        return result;
    }
  }

  /**
   * A service that knows us refuses one subscription. One that refuses us while another one knows us may be anybody's server, so it is held alone;
   * so is one that refuses us again. Otherwise our credentials are wrong.
   */
  private refused(origin: string, service: Service, result: DeviceFailure, now: number): DeviceResult {
    const { message } = result.failure;
    if (result.perDevice === true && isKnown(service, now)) {
      service.breaker.succeeded();
      return deviceFailure('gone', 'address_rejected', `${message}; it took others, so the subscription belongs to another key`);
    }
    service.refusals++;
    const isAlone = [...this.services].some(([other, known]) => other !== origin && isKnown(known, now));
    if (!isAlone && service.refusals === 1) {
      service.breaker.released();
      return result;
    }
    service.breaker.trip(message, now);
    const waitMs = Math.max(0, (service.breaker.probeAt ?? now) - now);
    return deviceFailure(isAlone && result.perDevice === true ? 'retry' : 'held', 'credentials_rejected', message, waitMs);
  }

  private of(origin: string): Service {
    let service = this.services.get(origin);
    if (service === undefined) {
      if (this.services.size >= MAX_SERVICES) this.forgetIdle();
      service = { breaker: new Breaker(), calls: new PushServiceCalls(), blockedUntil: 0, takenAt: -Infinity, refusals: 0 };
      this.services.set(origin, service);
    }
    return service;
  }

  /** Those that never took anything first: nobody's endpoints make us forget a service that is used. */
  private forgetIdle(): void {
    const idle = [...this.services].filter(([, { calls }]) => calls.areNone);
    const never = idle.filter(([, { takenAt }]) => takenAt === -Infinity);
    for (const [origin] of never.length > 0 ? never : idle) this.services.delete(origin);
  }
}

function isKnown({ takenAt }: Service, now: number): boolean {
  return now - takenAt < CREDENTIALS_KNOWN_MS;
}
