import { InvalidConfigurationError } from '../model/errors.js';
import { type NotificationModuleOptions, type ResolvedOptions } from './options.js';
import { readSettings, type Variables } from './read-settings.js';
import { SETTINGS } from './settings.js';

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
  const resolved = readSettings(SETTINGS, { ...options, http }, variables, problems);
  return { ...resolved, reader: forgiving(resolved.reader), http: mounted ? resolved.http : false };
}

/** A look-up that throws is taken as knowing nothing. */
function forgiving(lookup: ResolvedOptions['reader']): ResolvedOptions['reader'] {
  return (channel, address) => {
    try {
      return lookup(channel, address);
    } catch {
      return undefined;
    }
  };
}
