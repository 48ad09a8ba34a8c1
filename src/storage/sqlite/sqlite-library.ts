import type * as Sqlite from 'node:sqlite';

/** `node:sqlite`, loaded at its first use: a static import would end a Node without it before `model/node-version.ts` can say why. */
export function sqliteLibrary(): typeof Sqlite {
  return process.getBuiltinModule('node:sqlite');
}
