import { InvalidConfigurationError } from '../model/errors.js';
import { addressOf, domainOf } from '../transports/email/email-address.js';
import { type RecipientDirectorySource } from '../model/recipient-directory.js';
import { type NotificationModuleOptions, type ResolvedOptions } from './options.js';
import { pushOptionsOf } from './push-options.js';
import { readSettings, type Variables } from './read-settings.js';
import { type Resolved } from './setting.js';
import { SETTINGS } from './settings.js';
import { isHostStore, type StoreOptions } from './store-options.js';
import { checkTeamsWebhooks } from './teams-options.js';

/**
 * Every option with its value: what the host set, else the environment, else the default.
 *
 * @throws InvalidConfigurationError naming every wrong variable and option, what it got and what it allows
 */
export function resolveOptions(options: NotificationModuleOptions, variables: Variables): ResolvedOptions {
  const problems: string[] = [];
  const resolved = readOptions(options, variables, problems);
  if (problems.length > 0) throw new InvalidConfigurationError(problems);
  return resolved;
}

/** The same for a caller who has more to read. @param problems one line for each wrong variable or option is added */
export function readOptions(options: NotificationModuleOptions, variables: Variables, problems: string[]): ResolvedOptions {
  const mounted = options.http !== undefined && options.http !== false;
  const http = typeof options.http === 'boolean' ? undefined : options.http;
  const store = isHostStore(options.store) ? { use: options.store } : options.store;
  const recipients = isDirectory(options.recipients) ? { directory: options.recipients } : options.recipients;
  const resolved = readSettings(SETTINGS, { ...options, http, store, recipients }, variables, problems);
  checkTeamsWebhooks(resolved.teams, problems);
  return {
    ...resolved,
    push: pushOptionsOf(resolved.push, problems),
    email: emailOf(resolved.email, variables),
    recipients: {
      ...resolved.recipients,
      directory: recipients === undefined ? undefined : (resolved.recipients.directory ?? 'built-in'),
      unsubscribePage: unsubscribePageOf(resolved),
    },
    store: storeOf(resolved.store, store ?? {}, variables),
    http: mounted ? resolved.http : false,
  };
}

function isDirectory(value: NotificationModuleOptions['recipients']): value is RecipientDirectorySource {
  return typeof value === 'function' || (value !== undefined && 'find' in value);
}

/** An instance that only sends makes the links too. */
function unsubscribePageOf({ http, recipients }: Read): string | undefined {
  const { publicUrl, prefix } = http;
  if (publicUrl?.startsWith('https://') !== true || recipients.unsubscribeSecrets.length === 0) return undefined;
  return `${publicUrl}/${prefix.replace(/^\/+|\/+$/g, '')}/unsubscribe`;
}

type Read = Resolved<typeof SETTINGS>;

function emailOf(email: Read['email'], { NODE_ENV: mode }: Variables): ResolvedOptions['email'] {
  const { mailbox = mode !== 'production', brandName = domainOf(addressOf(email.from)) } = email;
  return { ...email, mailbox, brandName, reloadsTemplates: mode !== 'production' };
}

/** A host's `path` wins over the environment's `STORE_URL`, as every option does; its `pool`, over both. */
function storeOf(
  { url, path, pool, schema, migrate, ...store }: Read['store'],
  own: Partial<StoreOptions>,
  { NODE_ENV: mode }: Variables,
): ResolvedOptions['store'] {
  const address = isGiven(own.path) && !isGiven(own.url) ? undefined : url;
  if (pool === undefined && address?.engine === 'redis') {
    const { engine: _, ...redis } = address;
    return { ...store, path, redis };
  }
  if (pool === undefined && address?.engine !== 'postgres') {
    return { ...store, path: address?.engine === 'sqlite' ? address.path : path };
  }
  const where = pool === undefined && address?.engine === 'postgres' ? { url: address.url, schema: address.schema } : { pool };
  const postgres = { ...where, ...(schema === undefined ? {} : { schema }), migrate: migrate ?? mode !== 'production' };
  return { ...store, path, postgres };
}

function isGiven(value: string | undefined): boolean {
  return value !== undefined && value !== '';
}
