import { type FieldError } from '../model/errors.js';
import { isOneLine, isPlainObject, key, locale, timeZone } from '../model/field-checks.js';
import { MAX_RECIPIENT_ID } from '../model/recipient.js';

const MEMBERS = ['addresses', 'timeZone', 'locale', 'name', 'tenant'];

/** What the checks must know of the channels. */
interface Channels {
  channels(): readonly string[];
  addressProblem(channel: string, address: string): string | undefined;
}

/** What is wrong about the id of a person or a tenant. */
export function idErrors(id: string): readonly FieldError[] {
  return isOneLine(id, MAX_RECIPIENT_ID)
    ? []
    : [{ path: 'id', message: `must be one line of 1..${MAX_RECIPIENT_ID} characters` }];
}

/** Every wrong field of what the built-in directory is told of a person. */
export function profileErrors(value: unknown, channels: Channels): readonly FieldError[] {
  if (!isPlainObject(value)) return [{ path: 'body', message: `must be an object of ${MEMBERS.join(', ')}` }];
  const errors: FieldError[] = [];
  for (const name of Object.keys(value)) {
    if (!MEMBERS.includes(name)) errors.push({ path: name, message: `is unknown; allowed are ${MEMBERS.join(', ')}` });
  }
  const check = (name: string, rule: (given: unknown) => string | undefined): void => {
    const given = value[name];
    const problem = given === undefined ? undefined : rule(given);
    if (problem !== undefined) errors.push({ path: name, message: problem });
  };
  check('timeZone', timeZone);
  check('locale', locale);
  check('name', key);
  check('tenant', key);
  const { addresses } = value;
  if (!isPlainObject(addresses)) return [...errors, { path: 'addresses', message: 'must be an object of addresses by channel' }];
  for (const [channel, address] of Object.entries(addresses)) {
    const problem = addressProblem(channels, channel, address);
    if (problem !== undefined) errors.push({ path: `addresses.${channel}`, message: problem });
  }
  return errors;
}

function addressProblem(channels: Channels, channel: string, address: unknown): string | undefined {
  if (!channels.channels().includes(channel)) return `is no channel; there are ${channels.channels().join(', ')}`;
  if (typeof address !== 'string' || address.length === 0 || address.length > 2048) return 'must be text of 1..2048 characters';
  return channels.addressProblem(channel, address);
}
