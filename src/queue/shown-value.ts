const SHOWN_CHARACTERS = 60;

/** A value that was refused, as an error names it: short, and without what is in objects and lists. */
export function shownValue(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (value === null) return 'null';
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (typeof value === 'object') return 'an object';
  return typeof value === 'string'
    ? JSON.stringify(value.slice(0, SHOWN_CHARACTERS))
    : typeof value === 'number'
      ? String(value)
      : typeof value;
}
