import { type StoredEmailFields } from '../model/email-fields.js';
import { type FieldError, InvalidNotificationError, StoreFailedError } from '../model/errors.js';
import {
  type Actor,
  type JsonObject,
  NOTIFICATION_LIMITS,
  type NotificationContent,
  type NotificationPriority,
  PRIORITIES,
} from '../model/notification.js';
import { type ReadAttachments } from './attachment-reader.js';
import { channelSteps, type GivenStep } from './channel-steps.js';
import { emailFieldsOf } from './email-field-checks.js';
import {
  body,
  data,
  epochMsOf,
  type FieldCheck,
  isPlainObject,
  key,
  locale,
  timestamp,
  title,
  typeName,
  timeZone,
} from '../model/field-checks.js';
import { shownValue as shown } from './shown-value.js';

/** What the validator must know of the channels. */
interface ChannelDirectory {
  channels(): readonly string[];
  /** What a channel that is not registered lacks; undefined when it is registered or not known. */
  missingFor(channel: string): string | undefined;
  /** Why an address is not one of the channel's; undefined when it is. */
  addressProblem(channel: string, address: string): string | undefined;
  /** The form in which a valid address is stored and compared. */
  canonicalAddress(channel: string, address: string): string;
  /** Whether an address names a recipient: such a one is good on every channel. */
  namesRecipient(address: string): boolean;
}

/** A notification that passed. */
interface ValidNotification {
  readonly content: NotificationContent;
  /** The same on its other channels, in their order; none when absent. */
  readonly others?: readonly NotificationContent[];
  readonly addresses: readonly string[];
}

const NOT_INITIALISED =
  'accept a notification, because the module is not initialised yet (await app.init() or app.listen() first)';

const priority: FieldCheck = (value) =>
  PRIORITIES.includes(value as NotificationPriority) ? undefined : `must be one of ${PRIORITIES.join(', ')}`;

/** Every field but `channel`, `channels` and `to`, which depend on each other. */
const OPTIONAL_FIELDS: Readonly<Record<string, FieldCheck>> = {
  body,
  data,
  priority,
  groupKey: key,
  dedupeKey: key,
  idempotencyKey: key,
  sendAt: timestamp,
  expiresAt: timestamp,
  locale,
  timeZone,
};
const OPTIONAL_CHECKS = Object.entries(OPTIONAL_FIELDS);
const FIELDS: ReadonlySet<string> = new Set([
  'type',
  'channel',
  'channels',
  'to',
  'title',
  'actor',
  'email',
  ...Object.keys(OPTIONAL_FIELDS),
]);

/**
 * Checks one notification, field by field.
 *
 * @param emailAccounts names of the option `email.accounts`
 * @param attachments what was read of `email.attachments`; undefined: there must be none
 * @throws InvalidNotificationError with every bad field, StoreFailedError before the module is initialised: there is no channel then
 */
export function validateNotification(
  input: unknown,
  directory: ChannelDirectory,
  emailAccounts: readonly string[] = [],
  attachments?: ReadAttachments,
): ValidNotification {
  if (directory.channels().length === 0) throw new StoreFailedError(NOT_INITIALISED);
  if (!isPlainObject(input)) {
    throw new InvalidNotificationError([{ path: 'notification', message: `got ${shown(input)}; must be a JSON object` }]);
  }
  const errors: FieldError[] = [];
  const check = (path: string, value: unknown, rule: FieldCheck): void => {
    const problem = rule(value);
    if (problem !== undefined) errors.push({ path, message: `got ${shown(value)}; ${problem}` });
  };
  for (const name of Object.keys(input)) {
    if (!FIELDS.has(name)) errors.push({ path: name, message: `is unknown; allowed are ${[...FIELDS].join(', ')}` });
  }
  check('type', input['type'], typeName);
  const steps = channelSteps(input['channel'], input['channels'], errors);
  // In-app streams carry data too.
  if (input['title'] !== undefined || !steps.every(({ channel }) => channel === 'sse')) check('title', input['title'], title);
  for (const [name, rule] of OPTIONAL_CHECKS) if (input[name] !== undefined) check(name, input[name], rule);
  if (input['actor'] !== undefined) checkActor(input['actor'], check);
  const addresses = checkAddresses(steps, input['to'], directory, errors);
  const email =
    input['email'] === undefined
      ? undefined
      : emailFieldsOf(
          input['email'],
          steps.some(({ channel }) => channel === 'email') ? 'email' : input['channel'],
          Array.isArray(input['to']) ? input['to'].length : 1,
          { accounts: emailAccounts, attachments },
          errors,
        );
  const sendAt = epochMsOf(input['sendAt']);
  const expiresAt = epochMsOf(input['expiresAt']);
  if (sendAt !== undefined && expiresAt !== undefined && expiresAt <= sendAt) {
    errors.push({ path: 'expiresAt', message: `got ${shown(input['expiresAt'])}; must be after sendAt` });
  }
  if (errors.length > 0) throw new InvalidNotificationError(errors);
  const contents = steps.map((step) => contentOf(input, step, sendAt, expiresAt, email));
  const [content, ...others] = contents;
  if (content === undefined) throw new InvalidNotificationError([{ path: 'channels', message: 'must name a channel' }]);
  return { content, addresses, ...(others.length === 0 ? {} : { others }) };
}

function checkActor(value: unknown, check: (path: string, value: unknown, rule: FieldCheck) => void): void {
  if (!isPlainObject(value)) {
    check('actor', value, () => 'must be { "id", "name"? }');
    return;
  }
  check('actor.id', value['id'], key);
  if (value['name'] !== undefined) check('actor.name', value['name'], key);
  for (const name of Object.keys(value)) {
    if (name !== 'id' && name !== 'name') check(`actor.${name}`, value[name], () => 'is unknown; allowed are id, name');
  }
}

function checkAddresses(
  steps: readonly GivenStep[],
  to: unknown,
  directory: ChannelDirectory,
  errors: FieldError[],
): readonly string[] {
  const channels = directory.channels();
  let known = steps.length > 0;
  for (const { channel, path } of steps) {
    if (typeof channel === 'string' && channels.includes(channel)) continue;
    known = false;
    const missing = typeof channel === 'string' ? directory.missingFor(channel) : undefined;
    const hint = missing === undefined ? '' : `; to use ${shown(channel)}, ${missing}`;
    errors.push({ path, message: `got ${shown(channel)}; must be one of ${channels.join(', ')}${hint}` });
  }
  const first = steps[0]?.channel;
  const channel = typeof first === 'string' ? first : '';
  const isMany = steps.length > 1;
  const isList = Array.isArray(to);
  const list: readonly unknown[] = isList ? (to as unknown[]) : [to];
  if (to === undefined || list.length === 0 || list.length > NOTIFICATION_LIMITS.addresses) {
    const got = isList ? `${list.length} addresses` : shown(to);
    errors.push({ path: 'to', message: `got ${got}; must be an address or 1..${NOTIFICATION_LIMITS.addresses} of them` });
    return [];
  }
  list.forEach((address, index) => {
    const problem = known ? addressProblem(directory, channel, isMany, address) : textProblem(address);
    if (problem !== undefined) errors.push({ path: isList ? `to.${index}` : 'to', message: `got ${shown(address)}; ${problem}` });
  });
  if (errors.length > 0) return [];
  const [only] = list;
  if (list.length === 1) return [directory.canonicalAddress(channel, String(only))];
  return [...new Set(list.map((address) => directory.canonicalAddress(channel, String(address))))];
}

function addressProblem(directory: ChannelDirectory, channel: string, isMany: boolean, address: unknown): string | undefined {
  const problem = textProblem(address);
  if (problem !== undefined) return problem;
  if (isMany && !directory.namesRecipient(String(address))) {
    return 'must be user:ID, because there are several channels; recipients are known where the option recipients is set';
  }
  return directory.addressProblem(channel, String(address));
}

function textProblem(address: unknown): string | undefined {
  return typeof address === 'string' && address.length > 0 && address.length <= NOTIFICATION_LIMITS.addressCharacters
    ? undefined
    : `must be text of 1..${NOTIFICATION_LIMITS.addressCharacters} characters`;
}

function contentOf(
  input: Record<string, unknown>,
  { channel, afterMs, unless }: GivenStep,
  sendAt: number | undefined,
  expiresAt: number | undefined,
  email: StoredEmailFields | undefined,
): NotificationContent {
  const content: Writable<NotificationContent> = {
    type: String(input['type']),
    channel: String(channel),
    title: (input['title'] as string | undefined) ?? '',
    priority: (input['priority'] as NotificationPriority | undefined) ?? 'normal',
  };
  // What is missing has no key; a spread for each field would cost more than all checks.
  if (input['body'] !== undefined) content.body = input['body'] as string;
  if (input['actor'] !== undefined) content.actor = input['actor'] as unknown as Actor;
  if (input['data'] !== undefined) content.data = input['data'] as unknown as JsonObject;
  if (input['groupKey'] !== undefined) content.groupKey = input['groupKey'] as string;
  if (input['dedupeKey'] !== undefined) content.dedupeKey = input['dedupeKey'] as string;
  if (input['idempotencyKey'] !== undefined) content.idempotencyKey = input['idempotencyKey'] as string;
  if (sendAt !== undefined) content.sendAt = sendAt;
  if (expiresAt !== undefined) content.expiresAt = expiresAt;
  if (input['locale'] !== undefined) content.locale = input['locale'] as string;
  if (email !== undefined && content.channel === 'email' && Object.keys(email).length > 0) content.email = email;
  if (input['timeZone'] !== undefined) content.timeZone = input['timeZone'] as string;
  if (afterMs !== undefined) content.afterMs = afterMs;
  if (unless !== undefined) content.unless = unless;
  return content;
}

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };
