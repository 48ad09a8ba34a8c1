import { parsed } from '../stored-json.js';

/** Live deliveries by type: of most windows and messages there is one. */
export type TypeCounts = Map<string, number>;

/** @param text what the row says; null: all are of the type */
export function readTypes(text: string | null, type: string, count: number): TypeCounts {
  if (text === null) return new Map(count === 0 ? [] : [[type, count]]);
  const types = parsed(text);
  const isRead = typeof types === 'object' && types !== null;
  return new Map(isRead ? Object.entries(types as Readonly<Record<string, number>>) : [[type, count]]);
}

/** The opposite of `readTypes`. */
export function typesText(types: TypeCounts, type: string): string | null {
  return types.size === 0 || (types.size === 1 && types.has(type)) ? null : JSON.stringify(Object.fromEntries(types));
}

export function addType(types: TypeCounts, type: string, by: number): void {
  const count = (types.get(type) ?? 0) + by;
  if (count === 0) types.delete(type);
  else types.set(type, count);
}
