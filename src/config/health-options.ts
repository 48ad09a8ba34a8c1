import { DAY_MS } from './limits.js';
import { optionalVariable, type SettingsOf, variable } from './setting.js';
import { fraction, type ValueReader, wholeNumber } from './value-reader.js';

/** When a part is reported as unhealthy, and to whom. */
export interface HealthOptions {
  /** `HEALTH_ALERT_TO`: who is told of it, `CHANNEL:ADDRESS`; e.g. `email:ops@example.com`. Absent: an event and the log say it. */
  readonly alertTo?: string | undefined;
  /** `HEALTH_INTERVAL_MS`: time between two checks that report what changed, ms; 0 turns them off. Defaults to 30 000. */
  readonly intervalMs?: number | undefined;
  /** `HEALTH_STUCK_AFTER_MS`: work that is due for longer than this, and a batch that is longer in its transport, is stuck, ms. Defaults to 60 000. */
  readonly stuckAfterMs?: number | undefined;
  /** `HEALTH_ERROR_RATE`: part of a minute's attempts on a channel that may fail, 0..1. Defaults to 0.5. */
  readonly errorRate?: number | undefined;
  /** `HEALTH_NEAR_LIMIT`: part of a limit from which it is near, 0..1. Defaults to 0.9. */
  readonly nearLimit?: number | undefined;
}

/** Where an alert goes. */
export interface ChannelAddress {
  /** A registered channel. */
  readonly channel: string;
  /** An address that is valid on it. */
  readonly address: string;
}

const channelAddress: ValueReader<ChannelAddress> = (value, place) => {
  const [, channel, address] = /^([a-z][a-z0-9_-]*):(\S+)$/.exec(String(value)) ?? [];
  if (channel !== undefined && address !== undefined) return { channel, address };
  return place.refuse(value, 'a channel and an address, like email:ops@example.com');
};

export const HEALTH_SETTINGS = {
  alertTo: optionalVariable('HEALTH_ALERT_TO', channelAddress),
  intervalMs: variable('HEALTH_INTERVAL_MS', wholeNumber(0, DAY_MS), 30_000),
  stuckAfterMs: variable('HEALTH_STUCK_AFTER_MS', wholeNumber(1, DAY_MS), 60_000),
  errorRate: variable('HEALTH_ERROR_RATE', fraction(), 0.5),
  nearLimit: variable('HEALTH_NEAR_LIMIT', fraction(true), 0.9),
} satisfies SettingsOf<HealthOptions>;
