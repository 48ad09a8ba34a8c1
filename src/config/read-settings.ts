import { isRecord } from '../model/record.js';
import { nearestName } from './nearest-name.js';
import { type Resolved, Setting, type SettingTree } from './setting.js';
import { REFUSED, ValuePlace } from './value-place.js';
import {} from './value-reader.js';

/** Variables by name, as in `process.env`. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** A third of an option's letters, so that a short name is not taken for any other. */
const OPTION_EDITS = (name: string): number => Math.max(1, Math.min(3, Math.floor(name.length / 3)));

/**
 * Every setting of a tree with its value: what the host gave, else the variable, else the default. Empty text is no value.
 *
 * @param given    the host's options; unknown names in it are problems
 * @param problems one line for each wrong value or unknown name is added
 */
export function readSettings<Tree extends SettingTree>(
  tree: Tree,
  given: unknown,
  variables: Variables,
  problems: string[],
  path = '',
): Resolved<Tree> {
  const options = objectOf(given, Object.keys(tree), path, problems);
  const entries = Object.entries(tree).map(([name, entry]) => {
    const at = path === '' ? name : `${path}.${name}`;
    const value = entry instanceof Setting ? read(entry, options[name], variables, problems, at) : undefined;
    return [name, entry instanceof Setting ? value : readSettings(entry, options[name], variables, problems, at)] as const;
  });
  return Object.fromEntries(entries) as Resolved<Tree>;
}

/** An object of known names; anything else is reported and counts as empty. */
function objectOf(given: unknown, names: readonly string[], path: string, problems: string[]): Readonly<Record<string, unknown>> {
  if (given === undefined) return {};
  if (!isRecord(given)) {
    new ValuePlace(path === '' ? 'options' : path, problems).refuse(given, `an object of ${names.join(', ')}`);
    return {};
  }
  for (const name of Object.keys(given)) {
    if (names.includes(name)) continue;
    const nearest = nearestName(name, names, OPTION_EDITS);
    const at = (one: string): string => (path === '' ? one : `${path}.${one}`);
    const hint = nearest === undefined ? `known are ${names.map(at).join(', ')}` : `did you mean ${at(nearest)}?`;
    problems.push(`${at(name)}: there is no such option; ${hint}`);
  }
  return given;
}

function read(setting: Setting<unknown>, given: unknown, variables: Variables, problems: string[], path: string): unknown {
  const { variable, fallback, secret } = setting;
  const fromHost = given !== undefined && given !== '';
  const text = variable === undefined ? undefined : variables[variable];
  if (!fromHost && (text === undefined || text === '')) return fallback;
  const name = fromHost ? path : (variable ?? path);
  const value = setting.read(fromHost ? given : text, new ValuePlace(name, problems, secret));
  return value === REFUSED ? fallback : value;
}
