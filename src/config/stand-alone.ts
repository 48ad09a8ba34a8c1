import { isIP } from 'node:net';
import { InvalidConfigurationError } from '../model/errors.js';
import { type ResolvedOptions } from './options.js';
import { resolveOptions, resolveServer } from './resolve.js';

type Variables = Readonly<Record<string, string | undefined>>;

/** What the stand-alone application works by. */
export interface StandAloneSettings {
  readonly host: string;
  readonly port: number;
  readonly options: ResolvedOptions;
}

/**
 * Reads the environment of the stand-alone application.
 *
 * @throws InvalidConfigurationError naming every wrong variable, `HOST` and `PORT` included, and a `HOST` that needs `API_TOKEN`
 */
export function resolveStandAlone(variables: Variables): StandAloneSettings {
  const problems: string[] = [...hostProblems(variables)];
  const options = collect(problems, () => resolveOptions({ http: true }, variables));
  const server = collect(problems, () => resolveServer(variables));
  if (problems.length > 0 || options === undefined || server === undefined) {
    throw new InvalidConfigurationError([...new Set(problems)]);
  }
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

function collect<T>(problems: string[], work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof InvalidConfigurationError)) throw error;
    problems.push(...error.problems);
    return undefined;
  }
}

/** RFC 1122 §3.2.1.3, RFC 4291 §2.5.3, RFC 6761 §6.3. */
function isLoopback(host: string): boolean {
  if (isIP(host) === 4) return host.startsWith('127.');
  return host === '::1' || host.toLowerCase() === 'localhost';
}
