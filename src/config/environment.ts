import { SERVER_SETTINGS } from './http-options.js';
import { nearestName } from './nearest-name.js';
import { type Variables } from './read-settings.js';
import { settingsIn } from './setting.js';
import { SETTINGS } from './settings.js';

/** Every variable that the module or the stand-alone application reads, except `NODE_ENV`. */
export const VARIABLE_NAMES: readonly string[] = [SETTINGS, SERVER_SETTINGS].flatMap((tree) =>
  settingsIn(tree).flatMap(([, { variable }]) => (variable === undefined ? [] : [variable])),
);

/** Two edits, and one where a name is so short that two would make it another word: `HOME` is not a misspelt `HOST`. */
const VARIABLE_EDITS = (name: string): number => (name.length < 8 ? 1 : 2);

/** The environment of this process. */
export function environment(): Variables {
  return process.env;
}

/** A variable that is probably a misspelt one of ours. */
interface MisspeltVariable {
  readonly name: string;
  /** The name it is likely to stand for. */
  readonly nearest: string;
}

/** Variables that are none of ours and differ from one of ours by at most two edits. */
export function misspeltVariables(variables: Variables): readonly MisspeltVariable[] {
  return Object.keys(variables).flatMap((name) => {
    if (VARIABLE_NAMES.includes(name)) return [];
    const nearest = nearestName(name, VARIABLE_NAMES, VARIABLE_EDITS);
    return nearest === undefined ? [] : [{ name, nearest }];
  });
}
