import { optionalVariable, option, type SettingsOf } from './setting.js';
import { fraction, positiveNumber, type ValueReader } from './value-reader.js';

/** When a part is reported as unhealthy, and to whom. */
export interface HealthOptions {
  /** `HEALTH_ALERT_TO`: who is told of it, `CHANNEL:ADDRESS`; e.g. `email:ops@example.com`. Absent: an event and the log say it. */
  readonly alertTo?: string | undefined;
  /** A batch longer than this in its transport is stuck, ms. Defaults to 60 000. */
  readonly stuckAfterMs?: number | undefined;
  /** Part of a minute's attempts on a channel that may fail, 0..1. Defaults to 0.5. */
  readonly errorRate?: number | undefined;
  /** Part of a limit from which it is near, 0..1. Defaults to 0.9. */
  readonly nearLimit?: number | undefined;
}

/** Where an alert goes. */
export interface ChannelAddress {
  readonly channel: string;
  readonly address: string;
}

const channelAddress: ValueReader<ChannelAddress> = (value, place) => {
  const [, channel, address] = /^([a-z][a-z0-9_-]*):(\S+)$/.exec(String(value)) ?? [];
  if (channel !== undefined && address !== undefined) return { channel, address };
  return place.refuse(value, 'a channel and an address, like email:ops@example.com');
};

export const HEALTH_SETTINGS = {
  alertTo: optionalVariable('HEALTH_ALERT_TO', channelAddress),
  stuckAfterMs: option(positiveNumber(), 60_000),
  errorRate: option(fraction(), 0.5),
  nearLimit: option(fraction(true), 0.9),
} satisfies SettingsOf<HealthOptions>;
