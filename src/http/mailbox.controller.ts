import { Get, Inject, NotFoundException, Query, Res } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { NOTIFICATION_OPTIONS, type ResolvedOptions } from '../config/options.js';
import { renderMailboxPage } from './mailbox-page.js';
import { Mailbox } from '../transports/mailbox/mailbox.js';
import { MailboxQuery } from './dto/mailbox.query.js';
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
  async show(@Query() query: MailboxQuery, @Res({ passthrough: true }) response: object): Promise<string> {
    if (this.options.email.smtpUrl !== undefined) throw new NotFoundException(NO_MAILBOX);
    const page = renderMailboxPage(await this.mailbox.page(query));
    for (const [name, value] of Object.entries(page.headers)) this.adapterHost.httpAdapter.setHeader(response, name, value);
    return page.body;
  }
}
