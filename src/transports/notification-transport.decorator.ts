import { DiscoveryService } from '@nestjs/core';

/** The channel that a provider sends, and whether it takes the place of a built-in transport. */
export interface TransportTarget {
  /** The channel that it sends on. */
  readonly channel: string;
  /** It takes the place of a built-in transport. */
  readonly replace: boolean;
}

/** How a transport is registered. */
export interface NotificationTransportOptions {
  /** Takes the place of the built-in transport of the channel. Without it a channel that has one already stops the start. Defaults to false. */
  readonly replace?: boolean | undefined;
}

const mark = DiscoveryService.createDecorator<TransportTarget>();

/**
 * Marks a provider that implements `Transport` as the transport of a channel: `@NotificationTransport('sms')`, or
 * `@NotificationTransport('email', { replace: true })` instead of a built-in one.
 */
export const NotificationTransport = Object.assign(
  (channel: string, { replace = false }: NotificationTransportOptions = {}): ClassDecorator =>
    mark({ channel, replace }) as ClassDecorator,
  { KEY: mark.KEY },
);
