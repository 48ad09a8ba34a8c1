import { type FieldError, InvalidRequestError } from '../model/errors.js';
import { type PushDevice } from '../model/push-device.js';
import { webAddressProblem } from '../transports/http/web-address.js';
import { subscriptionKeysProblem } from '../transports/push/web-push-encryption.js';
import { MAX_TICKET_CHARACTERS } from './stream-ticket.js';

const MAX_PERSON_CHARACTERS = 200;
/** Of an endpoint; push services make them a few hundred characters long. */
const MAX_ENDPOINT_CHARACTERS = 2_048;
const MAX_TOKEN_CHARACTERS = 4_096;
const MAX_KEY_CHARACTERS = 200;

/** Whose device, and the ticket that says so. */
interface DeviceOwner {
  readonly user: string;
  readonly ticket: string | undefined;
}

/**
 * Reads `{ user, device, ticket? }`. A device is `{ kind: "web", …PushSubscription.toJSON() }`, or `{ kind: "fcm", token }`; without a `kind`, one with an
 * `endpoint` is of the web.
 *
 * @param allowPrivate permits endpoints with `http:` and of private addresses
 * @throws InvalidRequestError with every bad field
 */
export function registrationOf(body: unknown, allowPrivate: boolean): DeviceOwner & { readonly device: PushDevice } {
  const fields = new Fields(body, ['user', 'device', 'ticket']);
  const owner = ownerOf(fields);
  const device = deviceOf(fields.nested('device'), allowPrivate);
  fields.refuse();
  // Nothing was refused: it is complete.
  return { ...owner, device: device as PushDevice };
}

/** Reads `{ user, key, ticket? }`. @throws InvalidRequestError with every bad field */
export function removalOf(body: unknown): DeviceOwner & { readonly key: string } {
  const fields = new Fields(body, ['user', 'key', 'ticket']);
  const removal = { ...ownerOf(fields), key: fields.text('key', MAX_KEY_CHARACTERS) };
  fields.refuse();
  return removal;
}

function ownerOf(fields: Fields): DeviceOwner {
  const ticket = fields.has('ticket') ? fields.text('ticket', MAX_TICKET_CHARACTERS) : undefined;
  return { user: fields.text('user', MAX_PERSON_CHARACTERS), ticket };
}

function deviceOf(fields: Fields, allowPrivate: boolean): PushDevice | undefined {
  const kind = fields.has('kind') ? fields.text('kind', 10) : fields.has('endpoint') ? 'web' : '';
  if (kind === 'fcm') {
    fields.allow(['kind', 'token']);
    return { kind, token: fields.text('token', MAX_TOKEN_CHARACTERS) };
  }
  if (kind !== 'web') {
    fields.problem('kind', 'must be web or fcm');
    return undefined;
  }
  // Browsers say `expirationTime` too, and nobody reads it.
  fields.allow(['kind', 'endpoint', 'keys', 'expirationTime']);
  const endpoint = fields.text('endpoint', MAX_ENDPOINT_CHARACTERS);
  const wrong = endpoint === '' ? undefined : webAddressProblem(endpoint, allowPrivate);
  if (wrong !== undefined) fields.problem('endpoint', wrong);
  const given = fields.nested('keys');
  given.allow(['p256dh', 'auth']);
  const keys = { p256dh: given.text('p256dh', MAX_KEY_CHARACTERS), auth: given.text('auth', MAX_KEY_CHARACTERS) };
  const bad = keys.p256dh === '' || keys.auth === '' ? undefined : subscriptionKeysProblem(keys);
  if (bad !== undefined) fields.problem('keys', `is no key of a subscription: ${bad}`);
  return { kind, endpoint, keys };
}

/** The members of an object, and what is wrong with them. */
class Fields {
  private readonly members: Readonly<Record<string, unknown>>;

  constructor(
    value: unknown,
    allowed: readonly string[] | undefined,
    private readonly path = '',
    private readonly errors: FieldError[] = [],
  ) {
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    this.members = isObject ? { ...value } : {};
    if (!isObject) this.errors.push({ path: path === '' ? 'body' : path, message: 'must be a JSON object' });
    if (allowed !== undefined) this.allow(allowed);
  }

  has(name: string): boolean {
    return Object.hasOwn(this.members, name);
  }

  allow(names: readonly string[]): void {
    for (const name of Object.keys(this.members)) {
      if (!names.includes(name)) this.problem(name, `is unknown; allowed are ${names.join(', ')}`);
    }
  }

  /** Empty when it is refused. */
  text(name: string, most: number): string {
    const value = this.members[name];
    if (typeof value === 'string' && value !== '' && value.length <= most) return value;
    this.problem(name, `must be text of 1..${most} characters`);
    return '';
  }

  nested(name: string): Fields {
    return new Fields(this.members[name], undefined, this.at(name), this.errors);
  }

  problem(name: string, message: string): void {
    this.errors.push({ path: this.at(name), message });
  }

  refuse(): void {
    if (this.errors.length > 0) throw new InvalidRequestError(this.errors);
  }

  private at(name: string): string {
    return this.path === '' ? name : `${this.path}.${name}`;
  }
}
