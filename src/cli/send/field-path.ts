import type { JsonValue } from '../../model/notification.js';
import { UsageError } from '../command.js';

type Tree = { [name: string]: JsonValue };

/** Names of fields from the outermost: `data.server` is `['data', 'server']`. */
export type FieldPath = readonly string[];

/** @param where names the column or the option in the error. @throws UsageError */
export function fieldPath(text: string, where: string): FieldPath {
  const path = text.trim().split('.');
  if (path.some((name) => name === '' || name === '__proto__')) {
    throw new UsageError(
      `${where}: got ${JSON.stringify(text)}; it must be the name of a field, such as title, data.server or email.subject`,
    );
  }
  return path;
}

/** Sets a field of a notification, and the objects that it stands in. What stands there and is no object is replaced. */
export function setField(tree: Tree, path: FieldPath, value: JsonValue): void {
  const [name = '', ...rest] = path;
  if (rest.length === 0) {
    tree[name] = value;
    return;
  }
  const inner = tree[name];
  const object: Tree = isTree(inner) ? { ...inner } : {};
  setField(object, rest, value);
  tree[name] = object;
}

/** Whether a notification says something of a field. */
export function hasField(tree: Readonly<Tree>, path: FieldPath): boolean {
  const [name = '', ...rest] = path;
  if (!Object.hasOwn(tree, name)) return false;
  const inner = tree[name];
  return rest.length === 0 || !isTree(inner) || hasField(inner, rest);
}

function isTree(value: JsonValue | undefined): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
