import { type Provider } from '@nestjs/common';
import { NOTIFICATION_OPTIONS, type ResolvedOptions } from '../config/options.js';
import { SlackMessageFormatterFactory } from '../formatting/slack/slack-message-formatter.factory.js';
import { Clock } from '../model/clock.js';
import { Randomness } from '../model/randomness.js';
import { NotificationStore } from '../storage/notification-store.js';
import { EmailTransport } from '../transports/email/email.transport.js';
import { Mailbox } from '../transports/mailbox/mailbox.js';
import { MailboxTransport } from '../transports/mailbox/mailbox.transport.js';
import { SlackTransport } from '../transports/slack/slack.transport.js';
import { SseHub } from '../transports/sse/sse-hub.js';
import { SseTransport } from '../transports/sse/sse.transport.js';
import { PushDevices, StoredPushDevices } from '../transports/push/push-devices.js';
import { PushTransport } from '../transports/push/push.transport.js';
import { TeamsTransport } from '../transports/teams/teams.transport.js';
import { WebhookTransport } from '../transports/webhook/webhook.transport.js';

/**
 * The built-in transports. Each is a provider: a host can inject it, and a test can replace it with `overrideProvider`. One that lacks a
 * credential is made too, and not registered: see `Transport.missing`.
 */
export const TRANSPORT_PROVIDERS: readonly Provider[] = [
  Mailbox,
  SseHub,
  {
    provide: EmailTransport,
    inject: [NOTIFICATION_OPTIONS, Clock, Randomness],
    useFactory: ({ email }: ResolvedOptions, clock: Clock, randomness: Randomness) =>
      new EmailTransport(email, clock, () => randomness.next()),
  },
  {
    provide: MailboxTransport,
    inject: [Mailbox, NOTIFICATION_OPTIONS],
    useFactory: (mailbox: Mailbox, { email }: ResolvedOptions) => new MailboxTransport(mailbox, email),
  },
  {
    provide: SlackTransport,
    inject: [NOTIFICATION_OPTIONS, Clock],
    useFactory: ({ slack }: ResolvedOptions, clock: Clock) => new SlackTransport(slack, clock),
  },
  {
    provide: WebhookTransport,
    inject: [NOTIFICATION_OPTIONS, Clock],
    useFactory: ({ webhook, batch }: ResolvedOptions, clock: Clock) => new WebhookTransport(webhook, clock, batch.maxConcurrency),
  },
  {
    provide: PushDevices,
    inject: [NotificationStore, NOTIFICATION_OPTIONS, Clock],
    useFactory: (store: NotificationStore, { push }: ResolvedOptions, clock: Clock) =>
      new StoredPushDevices(store.state, () => clock.now(), push.maxDevices),
  },
  {
    provide: PushTransport,
    inject: [NOTIFICATION_OPTIONS, PushDevices, Clock],
    useFactory: ({ push, batch }: ResolvedOptions, devices: PushDevices, clock: Clock) =>
      new PushTransport(push, batch.maxAttempts, devices, clock, batch.maxConcurrency),
  },
  {
    provide: TeamsTransport,
    inject: [NOTIFICATION_OPTIONS, Clock],
    useFactory: ({ teams, batch }: ResolvedOptions, clock: Clock) => new TeamsTransport(teams, clock, batch.maxConcurrency),
  },
  { provide: SseTransport, inject: [SseHub], useFactory: (hub: SseHub) => new SseTransport(hub) },
  SlackMessageFormatterFactory,
];
