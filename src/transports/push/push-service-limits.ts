import { Breaker } from '../../model/breaker.js';
import { deviceFailure, type DeviceResult } from './device-result.js';

/** Push services are few; an attacker's endpoints may name many. */
const MAX_SERVICES = 1_000;
/** How long a device that a service took says that our credentials are right, ms. */
const CREDENTIALS_KNOWN_MS = 60 * 60 * 1_000;

interface Service {
  readonly breaker: Breaker;
  blockedUntil: number;
  takenAt: number;
}

/** What is known of each push service (an origin): a circuit breaker, until when it asked to be left alone, and whether it knows us. */
export class PushServiceLimits {
  private readonly services = new Map<string, Service>();

  /** Why nothing may be sent to a service now; undefined: something may. What may go counts as sent until `learn` is called. */
  hold(origin: string, now: number): DeviceResult | undefined {
    const service = this.services.get(origin);
    if (service === undefined) return undefined;
    if (service.blockedUntil > now) {
      return deviceFailure('held', 'rate_limited', 'the push service asked to wait', service.blockedUntil - now);
    }
    if (service.breaker.allows(now)) return undefined;
    const waitMs = Math.max(1_000, (service.breaker.probeAt ?? now) - now);
    return deviceFailure('held', 'temporarily_refused', `the push service fails: ${service.breaker.detail ?? ''}`, waitMs);
  }

  learn(origin: string, result: DeviceResult, now: number): void {
    const service = this.of(origin);
    switch (result.kind) {
      case 'retry':
      case 'uncertain':
        if (result.failure.reason === 'rate_limited') {
          service.blockedUntil = Math.max(service.blockedUntil, now + (result.retryAfterMs ?? 1_000));
          service.breaker.released();
        } else service.breaker.failed(result.failure.message, now);
        return;
      case 'taken':
        service.takenAt = now;
        service.breaker.succeeded();
        return;
      case 'gone':
      case 'permanent':
      case 'credentials':
        service.breaker.succeeded();
        return;
      case 'held':
        return;
    }
  }

  /** Whether the service took something lately: then it knows us, and a refusal is for one subscription. */
  knowsUs(origin: string, now: number): boolean {
    const takenAt = this.services.get(origin)?.takenAt;
    return takenAt !== undefined && now - takenAt < CREDENTIALS_KNOWN_MS;
  }

  private of(origin: string): Service {
    let service = this.services.get(origin);
    if (service === undefined) {
      if (this.services.size >= MAX_SERVICES) this.services.clear();
      service = { breaker: new Breaker(), blockedUntil: 0, takenAt: -Infinity };
      this.services.set(origin, service);
    }
    return service;
  }
}
