import { constants } from 'node:fs';
import { type FileHandle, open, realpath } from 'node:fs/promises';
import { isAbsolute, resolve, sep } from 'node:path';

/** The folder that attachments may be read from by their path: nothing outside of it can be reached, by `..` or by a symbolic link. */
export class AttachmentFolder {
  constructor(private readonly folder: string) {}

  /**
   * Reads a file. A path leads to the same answer whether what it names outside exists or not.
   *
   * @param path relative to the folder
   * @param most bytes that it may have
   * @returns undefined when it is no regular file below the folder; its size when that is more than `most`
   */
  async read(path: string, most: number): Promise<Uint8Array | number | undefined> {
    if (path === '' || path.includes('\0') || isAbsolute(path)) return undefined;
    let file: FileHandle | undefined;
    try {
      const real = await this.realPathOf(path);
      if (real === undefined) return undefined;
      // A pipe must not be waited for, and the last part may have become a link since.
      file = await open(real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
      const found = await file.stat();
      if (!found.isFile() || (await this.realPathOf(path)) !== real) return undefined;
      if (found.size > most) return found.size;
      const bytes = Buffer.allocUnsafeSlow(found.size);
      let length = 0;
      for (;;) {
        const { bytesRead } = await file.read(bytes, length, bytes.length - length, length);
        length += bytesRead;
        if (bytesRead === 0 || length === bytes.length) break;
      }
      return bytes.subarray(0, length);
    } catch {
      return undefined;
    } finally {
      await file?.close();
    }
  }

  private async realPathOf(path: string): Promise<string | undefined> {
    const root = await realpath(this.folder);
    const real = await realpath(resolve(root, path));
    return real.startsWith(root.endsWith(sep) ? root : root + sep) ? real : undefined;
  }
}
