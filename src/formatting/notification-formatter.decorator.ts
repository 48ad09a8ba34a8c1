import { DiscoveryService } from '@nestjs/core';

/** What a formatter is for: a channel, or one type on it. */
export interface FormatterTarget {
  /** The channel whose messages it renders. */
  readonly channel: string;
  /** Messages of this type only; absent: all of the channel that have no formatter of their own. */
  readonly type?: string;
}

/** Marks a provider that implements `Formatter`: `@NotificationFormatter({ channel: 'email', type: 'alert' })`. */
export const NotificationFormatter = DiscoveryService.createDecorator<FormatterTarget>();
