import { watch } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { endAfterTest } from './resources.js';

/** The mails in a folder of a maildir, as Latin-1, once so many that are wanted are there. */
export async function mailsIn(
  inbox: string,
  count: number,
  isWanted: (mail: string) => boolean = () => true,
): Promise<readonly string[]> {
  const read = new Map<string, string>();
  const arrived = Promise.withResolvers<undefined>();
  let looking = Promise.resolve();
  const look = (): void => {
    looking = looking.then(async () => {
      for (const name of await readdir(inbox)) {
        if (!read.has(name)) read.set(name, await readFile(join(inbox, name), 'latin1'));
      }
      if ([...read.values()].filter(isWanted).length >= count) arrived.resolve(undefined);
    });
    looking.catch(arrived.reject);
  };
  const watcher = watch(inbox, look);
  const closeWatcher = endAfterTest('the watcher of the maildir', () => watcher.close());
  look();
  await arrived.promise;
  await closeWatcher();
  await looking;
  return [...read.values()];
}
