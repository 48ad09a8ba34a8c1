import { type ValueReader } from './value-reader.js';

/** One option: where it can come from, what it allows, and its default. */
export class Setting<T> {
  /**
   * @param read     checks a value, or a variable's text, and converts it
   * @param fallback the value when neither the host nor the environment gives one
   * @param variable the environment variable; undefined: the option has none
   * @param secret   whether its value must never be shown, not even in an error about it
   */
  constructor(
    readonly read: ValueReader<T>,
    readonly fallback: T,
    readonly variable?: string,
    readonly secret = false,
  ) {}
}

/** Settings by option name; a nested tree stands for a nested options object. */
export interface SettingTree {
  readonly [name: string]: Setting<unknown> | SettingTree;
}

/** The shape that the settings of an options interface must have: none may be forgotten. */
export type SettingsOf<Options> = { readonly [K in keyof Options]-?: Setting<unknown> | SettingTree };

/** What a tree of settings resolves to. */
export type Resolved<Tree> = {
  readonly [K in keyof Tree]: Tree[K] extends Setting<infer T> ? T : Resolved<Tree[K]>;
};

/** An option with a variable and a default. */
export function variable<T>(name: string, read: ValueReader<T>, fallback: T): Setting<T> {
  return new Setting(read, fallback, name);
}

/** An option with a variable and without a default. */
export function optionalVariable<T>(name: string, read: ValueReader<T>): Setting<T | undefined> {
  return new Setting<T | undefined>(read, undefined, name);
}

/** An option with a variable whose value is never shown. */
export function secretVariable<T>(name: string, read: ValueReader<T>, fallback: T): Setting<T> {
  return new Setting(read, fallback, name, true);
}

/** An option without a variable. */
export function option<T>(read: ValueReader<T>, fallback: T): Setting<T> {
  return new Setting(read, fallback);
}

/** An option without a variable whose value is never shown. */
export function secretOption<T>(read: ValueReader<T>, fallback: T): Setting<T> {
  return new Setting(read, fallback, undefined, true);
}

/** Every setting of a tree with its path, e.g. `batch.maxSize`. */
export function settingsIn(tree: SettingTree, path = ''): readonly (readonly [path: string, setting: Setting<unknown>])[] {
  return Object.entries(tree).flatMap(([name, entry]) => {
    const at = path === '' ? name : `${path}.${name}`;
    return entry instanceof Setting ? [[at, entry] as const] : settingsIn(entry, at);
  });
}
