import { isRecord } from '../model/record.js';
import { type CanActivate, type Type } from '@nestjs/common';
import { option, optionalVariable, secretVariable, type SettingsOf, variable } from './setting.js';
import { flag, listOf, oneOf, text, type ValueReader, valueOf, wholeNumber } from './value-reader.js';

/** A guard of the host: a class from its providers, or an instance. */
export type HttpGuard = Type<CanActivate> | CanActivate;

/** The routes of the module. */
export interface HttpOptions {
  /** Path that all routes stand under. Defaults to `notifications`. */
  readonly prefix?: string | undefined;
  /** `API_TOKEN`: bearer token for every route but health. Without it the host guards the routes itself. */
  readonly apiToken?: string | undefined;
  /**
   * `TICKET_SECRETS`: sign the tickets of streams and device registrations where there is no `apiToken`; the first signs, all verify, so that a
   * secret can be replaced. Of at least 8 characters each. With secrets and without guards a stream needs a ticket. None by default.
   */
  readonly ticketSecrets?: readonly string[] | undefined;
  /**
   * Guards of the host, asked before every route but health, after the API token if there is one. A class is taken from the
   * host's providers, or made when it is none. No variable; none by default.
   */
  readonly guards?: readonly HttpGuard[] | undefined;
  /** Says that the routes are meant to be open to everybody who reaches the port; without it a start that leaves them open is warned of. Defaults to false. */
  readonly open?: boolean | undefined;
  /**
   * Names that a request may have as `Host` (`example.com` with any port, `example.com:8080` with this one): anything else is 403 on
   * every route but health. A page whose name was rebound to this machine (DNS rebinding) is so refused. Absent: every name is served.
   */
  readonly hosts?: readonly string[] | undefined;
  /**
   * `NOTIFICATIONS_PUBLIC_URL`: where the routes are reached from outside, e.g. `https://app.example.com`. Pages of its origin may change
   * something, whatever `Host` a proxy makes of it.
   */
  readonly publicUrl?: string | undefined;
  /** Origins besides the request's own (`https://admin.example.com`) whose pages may change something. No variable; none by default. */
  readonly origins?: readonly string[] | undefined;
}

/** The routes as the module works by them. */
export interface ResolvedHttpOptions {
  /** See `HttpOptions.prefix`. */
  readonly prefix: string;
  /** See `HttpOptions.apiToken`; undefined: no token is asked for. */
  readonly apiToken?: string | undefined;
  /** See `HttpOptions.ticketSecrets`. */
  readonly ticketSecrets: readonly string[];
  /** See `HttpOptions.guards`. */
  readonly guards: readonly HttpGuard[];
  /** See `HttpOptions.open`. */
  readonly open: boolean;
  /** Undefined: every name is served. In lower case. */
  readonly hosts?: readonly string[] | undefined;
  /** Without a slash at its end. */
  readonly publicUrl?: string | undefined;
  /** As a browser writes them: scheme, host and a port that is not the scheme's own. */
  readonly origins: readonly string[];
}

/** Path that the routes stand under by default. */
export const DEFAULT_PREFIX = 'notifications';

const HOST_NAME = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:\d{1,5})?$/;

const hostName: ValueReader<string> = (value, place) => {
  const name = typeof value === 'string' ? value.toLowerCase() : '';
  return HOST_NAME.test(name) ? name : place.refuse(value, 'a host name, with or without a port');
};

const origin: ValueReader<string> = (value, place) =>
  (typeof value === 'string' ? originOf(value) : undefined) ?? place.refuse(value, 'an origin like https://admin.example.com');

const address: ValueReader<string> = (value, place) =>
  typeof value === 'string' && originOf(value) !== undefined && !/[?#]/.test(value)
    ? value.replace(/\/+$/, '')
    : place.refuse(value, 'an address like https://app.example.com, without a query');

const secret = text(/^\S{8,}$/, 'at least 8 characters without spaces');

const isGuard = (value: unknown): boolean =>
  typeof value === 'function' || (isRecord(value) && typeof value['canActivate'] === 'function');

export const HTTP_SETTINGS = {
  prefix: option(text(/^\S+$/, 'a path without spaces'), DEFAULT_PREFIX),
  apiToken: secretVariable<string | undefined>('API_TOKEN', secret, undefined),
  ticketSecrets: secretVariable<readonly string[]>('TICKET_SECRETS', listOf(secret), []),
  guards: option(listOf(valueOf<HttpGuard>(isGuard, 'a guard or its class')), []),
  open: option(flag(), false),
  hosts: option<readonly string[] | undefined>(listOf(hostName), undefined),
  publicUrl: optionalVariable('NOTIFICATIONS_PUBLIC_URL', address),
  origins: option(listOf(origin), []),
} satisfies SettingsOf<HttpOptions>;

const LOG_FORMATS = ['text', 'json'] as const;

/** Where the stand-alone application listens, and how it logs. */
export const SERVER_SETTINGS = {
  host: variable('HOST', text(/\S/, 'a host name or an address'), '127.0.0.1'),
  port: variable('PORT', wholeNumber(0, 65_535), 3_000),
  logFormat: variable<(typeof LOG_FORMATS)[number]>('LOG_FORMAT', oneOf(LOG_FORMATS), 'text'),
};

/** The origin of an `http:` or `https:` address (RFC 6454 §4); undefined for text that is none. */
export function originOf(address: string): string | undefined {
  if (!URL.canParse(address)) return undefined;
  const { protocol, origin: itsOrigin } = new URL(address);
  return protocol === 'http:' || protocol === 'https:' ? itsOrigin : undefined;
}
