import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve, sep } from 'node:path';

/** Files that Docker and Podman put into a container's root. */
const MARKERS = ['/.dockerenv', '/run/.containerenv'];
const MOUNTS = '/proc/self/mountinfo';

/** Whether a file is lost with the container that this process runs in; false outside of one, and where that cannot be known. */
export function isLostWithContainer(path: string): boolean {
  if (!MARKERS.some((marker) => existsSync(marker))) return false;
  try {
    return isOnRootMount(resolve(path), readFileSync(MOUNTS, 'utf8'));
  } catch {
    return false;
  }
}

/**
 * Whether no mount but the root's holds a path.
 *
 * @param path      absolute
 * @param mountInfo lines of `/proc/self/mountinfo`: the fifth field is the mount point, with octal escapes (proc_pid_mountinfo(5))
 */
export function isOnRootMount(path: string, mountInfo: string): boolean {
  const points = new Set(mountInfo.split('\n').map((line) => unescaped(line.split(' ')[4] ?? '')));
  for (let folder = path; folder !== dirname(folder); folder = dirname(folder)) if (points.has(folder)) return false;
  return points.has(sep);
}

function unescaped(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
