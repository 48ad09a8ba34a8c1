import { Inject, Injectable } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { NOTIFICATION_OPTIONS, type ResolvedOptions } from '../config/options.js';
import { createEmailFormatter } from '../formatting/email/email.formatter.js';
import { type Formatter } from '../formatting/formatter.js';
import { FormatterRegistry } from '../formatting/formatter-registry.js';
import { NotificationFormatter } from '../formatting/notification-formatter.decorator.js';
import { SlackMessageFormatterFactory } from '../formatting/slack/slack-message-formatter.factory.js';
import { EmailTemplateFormatter } from '../formatting/email/email-template.formatter.js';
import { sseFormatter } from '../formatting/sse/sse.formatter.js';
import { webhookFormatter } from '../formatting/webhook/webhook.formatter.js';
import { Clock } from '../model/clock.js';
import { InvalidConfigurationError } from '../model/errors.js';
import { EmailTransport } from '../transports/email/email.transport.js';
import { Mailbox } from '../transports/mailbox/mailbox.js';
import { MailboxTransport } from '../transports/mailbox/mailbox.transport.js';
import { NotificationTransport } from '../transports/notification-transport.decorator.js';
import { slackContentProblem } from '../transports/slack/slack-limits.js';
import { SlackTransport } from '../transports/slack/slack.transport.js';
import { SseHub } from '../transports/sse/sse-hub.js';
import { SseTransport } from '../transports/sse/sse.transport.js';
import { WebhookTransport } from '../transports/webhook/webhook.transport.js';
import { type Transport } from '../transports/transport.js';
import { TransportRegistry } from '../transports/transport-registry.js';

/** Fills the registries: what is built in, and what the host marked with a decorator. */
@Injectable()
export class ExplorerService {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly transports: TransportRegistry,
    private readonly formatters: FormatterRegistry,
    private readonly mailbox: Mailbox,
    private readonly sse: SseHub,
    private readonly clock: Clock,
    @Inject(NOTIFICATION_OPTIONS) private readonly options: ResolvedOptions,
  ) {}

  /** @throws InvalidConfigurationError for a channel registered twice, or a rule or formatter for one that is not there */
  explore(): void {
    const { email } = this.options;
    const mail = email.smtpUrl === undefined ? new MailboxTransport(this.mailbox, email) : new EmailTransport(email, this.clock);
    this.transports.register('email', mail);
    const builtInMail = createEmailFormatter(email, this.options.reader, this.options.digest.order);
    this.formatters.registerBuiltIn('email', builtInMail, { early: email.sharedTypes });
    if (email.templates.length > 0) {
      const templates = new EmailTemplateFormatter(email.templates, builtInMail, this.options.reader, this.options.digest.order);
      this.formatters.register({ channel: 'email' }, templates);
    }
    const { slack } = this.options;
    if (slack.botToken !== undefined || slack.webhookUrl !== undefined) {
      this.transports.register('slack', new SlackTransport(slack, this.clock));
      this.formatters.registerBuiltIn('slack', new SlackMessageFormatterFactory(this.options), {
        problem: slackContentProblem,
      });
    }
    this.transports.register(
      'webhook',
      new WebhookTransport(this.options.webhook, this.clock, this.options.batch.maxConcurrency),
    );
    this.formatters.registerBuiltIn('webhook', webhookFormatter);
    this.transports.register('sse', new SseTransport(this.sse));
    this.formatters.registerBuiltIn('sse', sseFormatter);
    for (const [channel, instance] of this.marked<string, Transport>(NotificationTransport)) {
      if (typeof instance.send !== 'function') {
        throw new InvalidConfigurationError([`the transport of the channel ${JSON.stringify(channel)} has no method send`]);
      }
      this.transports.register(channel, instance);
    }
    for (const [target, instance] of this.marked<{ channel: string; type?: string }, Formatter>(NotificationFormatter)) {
      this.formatters.register(target, instance);
      this.requireChannel(target.channel, 'a formatter');
    }
    this.checkAlertAddress();
    this.checkDefaults();
    for (const channel of Object.keys(this.options.perChannel)) this.requireChannel(channel, 'the option perChannel');
    this.options.aggregation.rules.forEach(({ channel }, index) => {
      if (channel !== undefined) this.requireChannel(channel, `AGGREGATION_RULES[${index}]`);
    });
  }

  private checkAlertAddress(): void {
    const { alertTo } = this.options.health;
    if (alertTo === undefined) return;
    this.requireChannel(alertTo.channel, 'HEALTH_ALERT_TO');
    const problem = this.transports.addressProblem(alertTo.channel, alertTo.address);
    if (problem !== undefined) throw new InvalidConfigurationError([`HEALTH_ALERT_TO: ${problem}`]);
  }

  private checkDefaults(): void {
    const { channel, to } = this.options.defaults;
    if (channel === undefined) return;
    this.requireChannel(channel, 'NOTIFICATIONS_DEFAULT_CHANNEL');
    const problem = to === undefined ? undefined : this.transports.addressProblem(channel, to);
    if (problem !== undefined) throw new InvalidConfigurationError([`NOTIFICATIONS_DEFAULT_TO: ${problem}`]);
  }

  private requireChannel(channel: string, what: string): void {
    if (this.transports.get(channel) !== undefined) return;
    throw new InvalidConfigurationError([
      `${what} names the channel ${JSON.stringify(channel)}; registered are ${this.transports.channels().join(', ')}`,
    ]);
  }

  /** Providers that carry a decorator, with what it was given. An overridden provider keeps its token alone. */
  private marked<Value, Instance>(decorator: { readonly KEY: string }): (readonly [Value, Instance])[] {
    return this.discovery.getProviders().flatMap((wrapper) => {
      const instance: unknown = wrapper.instance;
      if (typeof instance !== 'object' || instance === null) return [];
      for (const holder of [wrapper.metatype, wrapper.token, instance.constructor]) {
        if (typeof holder !== 'function') continue;
        const value: unknown = Reflect.getMetadata(decorator.KEY, holder);
        if (value !== undefined) return [[value as Value, instance as Instance] as const];
      }
      return [];
    });
  }
}
