import { type Provider } from '@nestjs/common';
import { NOTIFICATION_OPTIONS, type ResolvedOptions } from '../config/options.js';
import { MessageRenderer } from '../formatting/message-renderer.js';
import { SlackMessageFormatterFactory } from '../formatting/slack/slack-message-formatter.factory.js';
import { sseFormatter } from '../formatting/sse/sse.formatter.js';
import { Clock } from '../model/clock.js';
import { NotificationEvents } from '../model/notification-events.js';
import { Randomness } from '../model/randomness.js';
import { NotificationStore } from '../storage/notification-store.js';
import { EmailAccounts } from '../transports/email/email-accounts.js';
import { EmailTransport } from '../transports/email/email.transport.js';
import { Mailbox } from '../transports/mailbox/mailbox.js';
import { MailboxTransport } from '../transports/mailbox/mailbox.transport.js';
import { SlackTransport } from '../transports/slack/slack.transport.js';
import { type SseBatch } from '../transports/sse/sse-content.js';
import { type RenderSse } from '../transports/sse/sse-contents.js';
import { SseHub } from '../transports/sse/sse-hub.js';
import { SseTransport } from '../transports/sse/sse.transport.js';
import { PushDevices, StoredPushDevices } from '../transports/push/push-devices.js';
import { PushTransport } from '../transports/push/push.transport.js';
import { TeamsTransport } from '../transports/teams/teams.transport.js';
import { WebhookTransport } from '../transports/webhook/webhook.transport.js';

/** What a message of the past looks like: as the formatter makes it today, and as the built-in one does where that fails. */
function renderSse(renderer: MessageRenderer): RenderSse {
  return async (message) => {
    const [rendered] = await renderer.render([message]);
    return rendered !== undefined && 'content' in rendered ? (rendered.content as SseBatch) : sseFormatter.format(message);
  };
}

/**
 * The built-in transports. Each is a provider: a host can inject it, and a test can replace it with `overrideProvider`. One that lacks a
 * credential is made too, and not registered: see `Transport.missing`.
 */
export const TRANSPORT_PROVIDERS: readonly Provider[] = [
  Mailbox,
  {
    provide: SseHub,
    inject: [NotificationStore, Clock, NotificationEvents, NOTIFICATION_OPTIONS, MessageRenderer],
    useFactory: (
      store: NotificationStore,
      clock: Clock,
      events: NotificationEvents,
      options: ResolvedOptions,
      renderer: MessageRenderer,
    ) => new SseHub(store, clock, events, options, renderSse(renderer)),
  },
  {
    provide: EmailTransport,
    inject: [NOTIFICATION_OPTIONS, Clock, Randomness],
    useFactory: ({ email, onUncertain }: ResolvedOptions, clock: Clock, randomness: Randomness) =>
      new EmailTransport({ ...email, onUncertain }, clock, () => randomness.next()),
  },
  {
    provide: EmailAccounts,
    inject: [NOTIFICATION_OPTIONS, EmailTransport, MailboxTransport, Clock, Randomness],
    useFactory: (
      { email, onUncertain }: ResolvedOptions,
      main: EmailTransport,
      mailbox: MailboxTransport,
      clock: Clock,
      randomness: Randomness,
    ) => {
      const { poolSize, allowPlaintext } = email;
      const accounts = Object.entries(email.accounts).map(([name, { poolSize: ownSize, allowPlaintext: own, ...account }]) => {
        const options = { dkim: undefined, ...account, poolSize: ownSize ?? poolSize, allowPlaintext: own ?? allowPlaintext };
        return [name, new EmailTransport({ ...options, onUncertain }, clock, () => randomness.next())] as const;
      });
      return new EmailAccounts(main.missing === undefined ? main : mailbox, new Map(accounts), clock);
    },
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
