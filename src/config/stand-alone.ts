import { isIP } from 'node:net';
import { InvalidConfigurationError } from '../model/errors.js';
import { SERVER_SETTINGS } from './http-options.js';
import { type NotificationModuleOptions, type ResolvedOptions } from './options.js';
import { readSettings, type Variables } from './read-settings.js';
import { readOptions } from './resolve.js';
import { type Resolved } from './setting.js';

/** What the stand-alone application works by. */
export interface StandAloneSettings extends Resolved<typeof SERVER_SETTINGS> {
  readonly options: ResolvedOptions;
}

/**
 * Reads the environment of the stand-alone application.
 *
 * @param own options that win over the environment
 * @throws InvalidConfigurationError naming every wrong variable, `HOST` and `PORT` included, and a `HOST` that needs `API_TOKEN`
 */
export function resolveStandAlone(variables: Variables, own: NotificationModuleOptions = {}): StandAloneSettings {
  const problems: string[] = [...hostProblems(variables)];
  const server = readSettings(SERVER_SETTINGS, {}, variables, problems);
  const options = readOptions({ http: true, ...own }, variables, problems);
  if (problems.length > 0) throw new InvalidConfigurationError(problems);
  return { ...server, options };
}

/** Without a token only this machine may ask. */
function hostProblems({ HOST: host, API_TOKEN: apiToken }: Variables): readonly string[] {
  if (host === undefined || host === '' || isLoopback(host)) return [];
  if (apiToken !== undefined && apiToken !== '') return [];
  return [
    `HOST: got ${JSON.stringify(host)}, which others can reach; set API_TOKEN as well, or HOST to 127.0.0.1, localhost or ::1`,
  ];
}

/** Names that an application on loopback is asked under: the usual ones, and the address that it listens on. */
export function hostsOfLoopback(host: string | undefined): readonly string[] {
  const usual = ['localhost', '127.0.0.1', '[::1]'];
  return host !== undefined && isIP(host) === 4 && !usual.includes(host) ? [...usual, host] : usual;
}

/** RFC 1122 §3.2.1.3, RFC 4291 §2.5.3, RFC 6761 §6.3. */
function isLoopback(host: string): boolean {
  if (isIP(host) === 4) return host.startsWith('127.');
  return host === '::1' || host.toLowerCase() === 'localhost';
}
