import { type CanActivate, type Type } from '@nestjs/common';

/** The routes of the module. */
export interface HttpOptions {
  /** Path that all routes stand under. Defaults to `notifications`. */
  readonly prefix?: string;
  /** `API_TOKEN`: bearer token for every route but health. Without it the host guards the routes itself. */
  readonly apiToken?: string;
  /**
   * Guards of the host, asked before every route but health, after the API token if there is one. A class is taken from the
   * host's providers, or made when it is none. No variable; none by default.
   */
  readonly guards?: readonly (Type<CanActivate> | CanActivate)[];
  /** Says that the routes are meant to be open to everybody who reaches the port; without it a start that leaves them open is warned of. Defaults to false. */
  readonly open?: boolean;
  /**
   * Names that a request may have as `Host` (`example.com` with any port, `example.com:8080` with this one): anything else is 403 on
   * every route but health. A page whose name was rebound to this machine (DNS rebinding) is so refused. Absent: every name is served.
   */
  readonly hosts?: readonly string[];
  /** Origins besides the request's own (`https://admin.example.com`) whose pages may change something. No variable; none by default. */
  readonly origins?: readonly string[];
}

/** The routes as the module works by them. */
export interface ResolvedHttpOptions {
  readonly prefix: string;
  readonly apiToken?: string;
  readonly guards: readonly (Type<CanActivate> | CanActivate)[];
  readonly open: boolean;
  /** Undefined: every name is served. In lower case. */
  readonly hosts?: readonly string[];
  /** As a browser writes them: scheme, host and a port that is not the scheme's own. */
  readonly origins: readonly string[];
}

/** Path that the routes stand under when nothing else is said. */
export const DEFAULT_PREFIX = 'notifications';

const HOST_NAME = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:\d{1,5})?$/;

/** Fills the option `http`; every problem of it is told with its path. */
export function resolveHttp(
  given: boolean | HttpOptions | undefined,
  apiToken: string | undefined,
  problems: string[],
): false | ResolvedHttpOptions {
  if (given === undefined || given === false) return false;
  const { prefix = DEFAULT_PREFIX, guards = [], open = false, hosts, origins = [] } = given === true ? {} : given;
  const names = hosts?.map((host) => host.toLowerCase());
  names?.forEach((host, index) => {
    if (!HOST_NAME.test(host)) {
      problems.push(`http.hosts[${index}]: got ${JSON.stringify(host)}; it must be a host name, with or without a port`);
    }
  });
  origins.forEach((origin, index) => {
    if (originOf(origin) === undefined) {
      problems.push(`http.origins[${index}]: got ${JSON.stringify(origin)}; it must be an origin like https://admin.example.com`);
    }
  });
  return {
    prefix,
    guards,
    open,
    origins: origins.flatMap((origin) => originOf(origin) ?? []),
    ...(apiToken === undefined ? {} : { apiToken }),
    ...(names === undefined ? {} : { hosts: names }),
  };
}

/** The origin of an `http:` or `https:` address (RFC 6454 §4); undefined for text that is none. */
export function originOf(address: string): string | undefined {
  if (!URL.canParse(address)) return undefined;
  const { protocol, origin } = new URL(address);
  return protocol === 'http:' || protocol === 'https:' ? origin : undefined;
}
