import { describe, expect, it } from '@jest/globals';
import { isLostWithContainer, isOnRootMount } from './container-storage.js';

/** As in a container with a volume on /data and one whose name has a space. */
const MOUNTS = `1563 1397 0:290 / / rw,relatime master:405 - overlay overlay rw,lowerdir=/a,upperdir=/b
1564 1563 0:293 / /proc rw,nosuid - proc proc rw
1571 1563 8:1 /volumes/x/_data /data rw,relatime master:1 - ext4 /dev/sda1 rw
1572 1563 8:1 /volumes/y/_data /my\\040store rw,relatime master:1 - ext4 /dev/sda1 rw
`;

describe('isOnRootMount', () => {
  it.each([
    ['/app/data/notifications.db', true],
    ['/database/notifications.db', true],
    ['/data/notifications.db', false],
    ['/data', false],
    ['/data/deep/er/notifications.db', false],
    ['/my store/notifications.db', false],
  ])('%s: %s', (path, lost) => {
    expect(isOnRootMount(path, MOUNTS)).toBe(lost);
  });

  it('is not known without a root mount', () => {
    expect(isOnRootMount('/app/x.db', '')).toBe(false);
  });
});

describe('isLostWithContainer', () => {
  it('asks for what is mounted, and throws nowhere', () => {
    expect(isLostWithContainer('/proc/self/x.db')).toBe(false);
  });
});
