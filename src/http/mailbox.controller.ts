import { Get, Inject, NotFoundException, Query, Req, Res } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { NOTIFICATION_OPTIONS, type ResolvedOptions } from '../config/options.js';
import { renderMailboxPage } from './mailbox-page.js';
import { Mailbox } from '../transports/mailbox/mailbox.js';
import { MailboxQuery } from './dto/mailbox.query.js';
import { notificationsAddress, type PageRequest } from './notifications-address.js';
import { NotificationRoutes } from './notification-routes.decorator.js';

const HAS_SERVER = 'SMTP_URL is set, so mail is sent to its receivers; the built-in mailbox holds mail only while it is not set';
const NOT_WANTED = 'the built-in mailbox is turned off: EMAIL_MAILBOX=true (or the option email.mailbox) turns it on';

@NotificationRoutes('mailbox')
export class MailboxController {
  constructor(
    private readonly mailbox: Mailbox,
    @Inject(NOTIFICATION_OPTIONS) private readonly options: ResolvedOptions,
    private readonly adapterHost: HttpAdapterHost,
  ) {}

  /** What would have been sent by mail; there is none of it once `SMTP_URL` is set, or while the mailbox is turned off. */
  @Get()
  async show(
    @Query() query: MailboxQuery,
    @Req() request: PageRequest,
    @Res({ passthrough: true }) response: object,
  ): Promise<string> {
    const { smtpUrl, mailbox } = this.options.email;
    if (smtpUrl !== undefined) throw new NotFoundException(HAS_SERVER);
    if (!mailbox) throw new NotFoundException(NOT_WANTED);
    const { q, ...part } = query;
    const mails = q === undefined ? await this.mailbox.page(part) : await this.mailbox.search(q, part);
    const page = renderMailboxPage(mails, query, notificationsAddress(request));
    for (const [name, value] of Object.entries(page.headers)) this.adapterHost.httpAdapter.setHeader(response, name, value);
    return page.body;
  }
}
