import { NotificationChannel } from '../model/notification.js';
import { type Recipient } from '../model/recipient.js';

/** Where a recipient is reached on a channel; undefined: nowhere. In-app streams and devices are a person's own, by their id. */
export function addressOn({ id, addresses }: Pick<Recipient, 'id' | 'addresses'>, channel: string): string | undefined {
  const address = Object.hasOwn(addresses, channel) ? addresses[channel] : undefined;
  if (address !== undefined) return address;
  return channel === NotificationChannel.SSE || channel === NotificationChannel.PUSH ? id : undefined;
}
