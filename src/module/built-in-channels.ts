import { Inject, Injectable } from '@nestjs/common';
import { NOTIFICATION_OPTIONS, type ResolvedOptions } from '../config/options.js';
import { createEmailFormatter } from '../formatting/email/email.formatter.js';
import { EmailTemplateFolder } from '../formatting/email/email-template-folder.js';
import { EmailTemplateFormatter } from '../formatting/email/email-template.formatter.js';
import { FormatterRegistry } from '../formatting/formatter-registry.js';
import { slackContentProblem } from '../formatting/slack/slack-limits.js';
import { SlackMessageFormatterFactory } from '../formatting/slack/slack-message-formatter.factory.js';
import { sseFormatter } from '../formatting/sse/sse.formatter.js';
import { createPushFormatter } from '../formatting/push/push.formatter.js';
import { createTeamsFormatter } from '../formatting/teams/teams.formatter.js';
import { webhookFormatter } from '../formatting/webhook/webhook.formatter.js';
import { EmailAccounts } from '../transports/email/email-accounts.js';
import { emailContentProblem } from '../transports/email/email-content-problem.js';
import { EmailTransport } from '../transports/email/email.transport.js';
import { MailboxTransport } from '../transports/mailbox/mailbox.transport.js';
import { SlackTransport } from '../transports/slack/slack.transport.js';
import { SseTransport } from '../transports/sse/sse.transport.js';
import { type Transport } from '../transports/transport.js';
import { TransportRegistry } from '../transports/transport-registry.js';
import { PushTransport } from '../transports/push/push.transport.js';
import { TeamsTransport } from '../transports/teams/teams.transport.js';
import { WebhookTransport } from '../transports/webhook/webhook.transport.js';

/** Registers the transports and the formatters of the built-in channels. */
@Injectable()
export class BuiltInChannels {
  constructor(
    private readonly email: EmailTransport,
    private readonly mailbox: MailboxTransport,
    private readonly accounts: EmailAccounts,
    private readonly slack: SlackTransport,
    private readonly webhook: WebhookTransport,
    private readonly push: PushTransport,
    private readonly teams: TeamsTransport,
    private readonly sse: SseTransport,
    private readonly slackFormatters: SlackMessageFormatterFactory,
    @Inject(NOTIFICATION_OPTIONS) private readonly options: ResolvedOptions,
  ) {}

  /** Mail goes to the built-in mailbox where there is no server for it. */
  register(transports: TransportRegistry, formatters: FormatterRegistry): void {
    transports.register('email', this.emailTransport());
    transports.register('slack', this.slack);
    transports.register('webhook', this.webhook);
    transports.register('push', this.push);
    transports.register('teams', this.teams);
    transports.register('sse', this.sse);
    const { digest, push, formatting } = this.options;
    this.registerEmailFormatters(formatters);
    formatters.registerBuiltIn('slack', this.slackFormatters, { problem: slackContentProblem });
    formatters.registerBuiltIn('webhook', webhookFormatter);
    formatters.registerBuiltIn('push', createPushFormatter(digest.order, push.maxBytes, formatting.phrases));
    formatters.registerBuiltIn('teams', createTeamsFormatter(digest.order, formatting.phrases));
    formatters.registerBuiltIn('sse', sseFormatter);
  }

  private emailTransport(): Transport {
    if (Object.keys(this.options.email.accounts).length > 0) return this.accounts;
    return this.email.missing === undefined ? this.email : this.mailbox;
  }

  private registerEmailFormatters(formatters: FormatterRegistry): void {
    const { digest, formatting, recipients } = this.options;
    const { unsubscribePage: pageUrl, unsubscribeSecrets, required } = recipients;
    const [secret] = unsubscribeSecrets;
    const signed = pageUrl === undefined || secret === undefined ? undefined : { pageUrl, secret };
    const email = { ...this.options.email, signed, required };
    const builtIn = createEmailFormatter(email, digest.order, formatting.phrases);
    formatters.registerBuiltIn('email', builtIn, { early: email.sharedTypes, problem: emailContentProblem });
    const { templates, templatesDir, reloadsTemplates } = email;
    const folder = templatesDir === undefined ? undefined : new EmailTemplateFolder(templatesDir, reloadsTemplates);
    if (templates.length === 0 && folder === undefined) return;
    const own = new EmailTemplateFormatter(templates, builtIn, digest.order, email, folder, formatting.phrases);
    formatters.register({ channel: 'email' }, own);
  }
}
