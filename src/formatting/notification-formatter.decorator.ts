import { DiscoveryService } from '@nestjs/core';

/** What a formatter is for: a channel, or one type on it. */
export interface FormatterTarget {
  readonly channel: string;
  readonly type?: string;
}

/** Marks a provider that implements `Formatter`: `@NotificationFormatter({ channel: 'email', type: 'alert' })`. */
export const NotificationFormatter = DiscoveryService.createDecorator<FormatterTarget>();
