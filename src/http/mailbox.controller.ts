import { Get, Inject, NotFoundException, Res } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { NOTIFICATION_OPTIONS, type ResolvedOptions } from '../config/options.js';
import { renderMailboxPage } from '../transports/mailbox/mailbox-page.js';
import { Mailbox } from '../transports/mailbox/mailbox.js';
import { NotificationRoutes } from './notification-routes.decorator.js';

const NO_MAILBOX = 'SMTP_URL is set, so mail is sent to its receivers; the built-in mailbox holds mail only while it is not set';

@NotificationRoutes('mailbox')
export class MailboxController {
  constructor(
    private readonly mailbox: Mailbox,
    @Inject(NOTIFICATION_OPTIONS) private readonly options: ResolvedOptions,
    private readonly adapterHost: HttpAdapterHost,
  ) {}

  /** What would have been sent by mail; there is none of it once `SMTP_URL` is set. */
  @Get()
  show(@Res({ passthrough: true }) response: object): string {
    if (this.options.email.smtpUrl !== undefined) throw new NotFoundException(NO_MAILBOX);
    const page = renderMailboxPage(this.mailbox.newest(), this.mailbox.total);
    for (const [name, value] of Object.entries(page.headers)) this.adapterHost.httpAdapter.setHeader(response, name, value);
    return page.body;
  }
}
