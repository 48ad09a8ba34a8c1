import { DiscoveryService } from '@nestjs/core';

/** Marks a provider that implements `Transport` as the transport of a channel: `@NotificationTransport('sms')`. */
export const NotificationTransport = DiscoveryService.createDecorator<string>();
