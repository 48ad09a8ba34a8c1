import { MAX_WINDOW_MS } from '../config/limits.js';
import { type FieldError } from '../model/errors.js';
import { isPlainObject } from '../model/field-checks.js';
import { NOTIFICATION_LIMITS } from '../model/notification.js';
import { shownValue as shown } from './shown-value.js';

/** A channel of a notification, as it was given. */
export interface GivenStep {
  /** What a text was given for; it is checked to be a channel where its addresses are. */
  readonly channel: unknown;
  readonly path: string;
  readonly afterMs?: number;
  readonly unless?: 'read';
}

const MEMBERS = ['channel', 'afterMs', 'unless'];

/** The channels of a notification: that of `channel`, or those of `channels`. What is wrong about `channels` is added to `errors`. */
export function channelSteps(channel: unknown, channels: unknown, errors: FieldError[]): readonly GivenStep[] {
  if (channels === undefined) return [{ channel, path: 'channel' }];
  const refuse = (path: string, got: unknown, allowed: string): void => {
    errors.push({ path, message: `got ${shown(got)}; ${allowed}` });
  };
  if (channel !== undefined) refuse('channels', channels, 'cannot be given with channel');
  if (!Array.isArray(channels) || channels.length === 0 || channels.length > NOTIFICATION_LIMITS.channels) {
    refuse('channels', channels, `must be a list of 1..${NOTIFICATION_LIMITS.channels} channels`);
    return [];
  }
  const steps = channels.map((given: unknown, index) => stepOf(given, `channels.${index}`, refuse));
  const names = new Set<unknown>();
  for (const { channel: name, path } of steps) {
    if (names.has(name)) refuse(path, name, 'stands there twice');
    names.add(name);
  }
  return steps;
}

function stepOf(given: unknown, path: string, refuse: (path: string, got: unknown, allowed: string) => void): GivenStep {
  if (!isPlainObject(given)) return { channel: given, path };
  for (const name of Object.keys(given)) {
    if (!MEMBERS.includes(name)) refuse(`${path}.${name}`, given[name], `is unknown; allowed are ${MEMBERS.join(', ')}`);
  }
  const { channel, afterMs, unless } = given;
  if (afterMs !== undefined && !(Number.isInteger(afterMs) && Number(afterMs) >= 1 && Number(afterMs) <= MAX_WINDOW_MS)) {
    refuse(`${path}.afterMs`, afterMs, `must be a whole number of 1..${MAX_WINDOW_MS}`);
  }
  if (unless !== undefined && unless !== 'read') refuse(`${path}.unless`, unless, 'must be "read"');
  else if (unless !== undefined && afterMs === undefined) refuse(`${path}.unless`, unless, 'needs afterMs');
  return {
    channel,
    path: `${path}.channel`,
    ...(afterMs === undefined ? {} : { afterMs: Number(afterMs) }),
    ...(unless === undefined ? {} : { unless: 'read' }),
  };
}
