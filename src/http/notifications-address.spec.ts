import { describe, expect, it } from '@jest/globals';
import { notificationsAddress } from './notifications-address.js';

describe('notificationsAddress', () => {
  it.each([
    ['127.0.0.1:4711', '/notifications/mailbox', 'http://127.0.0.1:4711/notifications'],
    ['[::1]:80', '/api/v2/notifications/mailbox?q=a/b&cursor=8', 'http://[::1]/api/v2/notifications'],
  ])('at %s%s is %s', (host, originalUrl, address) => {
    expect(notificationsAddress({ headers: { host }, protocol: 'http', originalUrl })).toBe(address);
  });

  it.each([undefined, '', "x'; rm -rf ~; '", 'a b', '[::1'])('of the host %j is not known', (host) => {
    const headers = host === undefined ? {} : { host };
    expect(notificationsAddress({ headers, protocol: 'https', originalUrl: '/notifications/mailbox' })).toBeUndefined();
  });
});
