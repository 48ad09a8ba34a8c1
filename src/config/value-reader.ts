import { statSync } from 'node:fs';
import { REFUSED, type Refused, type ValuePlace } from './value-place.js';

/**
 * Checks one configured value and converts it: variables are text, options may have their own type already. A value that is not allowed is
 * reported at its place.
 */
export type ValueReader<T> = (value: unknown, place: ValuePlace) => T | Refused;

const WHOLE = /^-?\d{1,15}$/;
const DECIMAL = /^-?\d{1,15}(\.\d{1,15})?$/;
const FLAGS: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['1', true],
  ['false', false],
  ['0', false],
]);

/** A whole number, or text that is one and nothing that merely looks like one. */
export function wholeNumber(least: number, most: number): ValueReader<number> {
  return (value, place) => {
    const number = numberOf(value, WHOLE);
    if (Number.isInteger(number) && number >= least && number <= most) return number;
    return place.refuse(value, `a whole number, ${least}..${most}`);
  };
}

/** A number of 0..1. @param aboveZero refuses 0 */
export function fraction(aboveZero = false): ValueReader<number> {
  return (value, place) => {
    const number = numberOf(value, DECIMAL);
    if (number >= 0 && number <= 1 && !(aboveZero && number === 0)) return number;
    return place.refuse(value, aboveZero ? 'more than 0 and at most 1' : 'a number, 0..1');
  };
}

/** A finite number above 0. */
export function positiveNumber(): ValueReader<number> {
  return (value, place) => {
    const number = numberOf(value, DECIMAL);
    return Number.isFinite(number) && number > 0 ? number : place.refuse(value, 'a number more than 0');
  };
}

export function flag(): ValueReader<boolean> {
  return (value, place) => {
    const read = typeof value === 'string' ? FLAGS.get(value.trim().toLowerCase()) : value;
    return typeof read === 'boolean' ? read : place.refuse(value, 'true or false');
  };
}

export function oneOf<Word extends string>(words: readonly Word[]): ValueReader<Word> {
  return (value, place) => {
    const word = typeof value === 'string' ? value.trim() : value;
    return words.find((one) => one === word) ?? place.refuse(value, `one of ${words.join(', ')}`);
  };
}

/** @param allowed ends the sentence "it must be …" */
export function text(pattern: RegExp, allowed: string): ValueReader<string> {
  return (value, place) => (typeof value === 'string' && pattern.test(value) ? value : place.refuse(value, allowed));
}

/** Text that a rule is asked about. @param problem what is allowed, when the text is not; undefined when it is */
export function checkedText(problem: (value: string) => string | undefined): ValueReader<string> {
  return (value, place) => {
    if (typeof value !== 'string') return place.refuse(value, 'text');
    const allowed = problem(value);
    return allowed === undefined ? value : place.refuse(value, allowed);
  };
}

/** The path of a folder that exists. */
export function folder(): ValueReader<string> {
  return checkedText((path) => (isFolder(path) ? undefined : 'the path of a folder that exists'));
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

/** A list, or text with commas between its items. */
export function listOf<T>(read: ValueReader<T>): ValueReader<readonly T[]> {
  return (value, place) => {
    const items: unknown = typeof value === 'string' ? itemsOf(value) : value;
    if (!Array.isArray(items)) return place.refuse(value, 'a list');
    return items
      .map((item: unknown, index) => read(item, place.at(`[${index}]`)))
      .filter((item): item is Exclude<typeof item, Refused> => item !== REFUSED);
  };
}

/** An object or function that only TypeScript can set, checked as far as the module relies on it. */
export function valueOf<T>(isOne: (value: unknown) => boolean, allowed: string): ValueReader<T> {
  return (value, place) => (isOne(value) ? (value as T) : place.refuse(value, allowed));
}

function numberOf(value: unknown, pattern: RegExp): number {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && pattern.test(value.trim()) ? Number(value) : Number.NaN;
}

function itemsOf(text: string): readonly string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}
