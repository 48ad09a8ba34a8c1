import { readFile } from 'node:fs/promises';
import { type ServerResponse } from 'node:http';
import { Get, Header, Inject, Param, Req, Res } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { MessagesService } from '../../aggregation/messages.service.js';
import { NOTIFICATION_OPTIONS, type ResolvedOptions } from '../../config/options.js';
import { NotFoundError } from '../../model/errors.js';
import { NotificationRoutes } from '../notification-routes.decorator.js';
import { DashboardFeed } from './dashboard-feed.js';
import { DASHBOARD_PAGE, dashboardFile } from './dashboard-files.js';

/** What the page may do: its own files and routes, and nothing from elsewhere. */
const DASHBOARD_CSP =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** What the HTML of a message may do: show itself, in a frame of the dashboard. */
const FORM_CSP =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox";

/** The operator's page. Its addresses are relative, so that it works under any prefix and behind a proxy's sub-path. */
@NotificationRoutes('dashboard')
export class DashboardController {
  constructor(
    private readonly feed: DashboardFeed,
    private readonly messages: MessagesService,
    private readonly adapterHost: HttpAdapterHost,
    @Inject(NOTIFICATION_OPTIONS) private readonly options: Pick<ResolvedOptions, 'email'>,
  ) {}

  @Get()
  @Header('Content-Type', 'text/html; charset=utf-8')
  @Header('Content-Security-Policy', DASHBOARD_CSP)
  @Header('Cache-Control', 'no-cache')
  @Header('X-Content-Type-Options', 'nosniff')
  @Header('Referrer-Policy', 'no-referrer')
  async page(
    @Req() { originalUrl }: { readonly originalUrl: string },
    @Res({ passthrough: true }) response: object,
  ): Promise<string> {
    const [path = ''] = originalUrl.split('?');
    // Relative addresses are of the page without a slash behind it.
    if (path.endsWith('/')) {
      this.adapterHost.httpAdapter.redirect(response, 302, '../dashboard');
      return '';
    }
    const text = await readFile(DASHBOARD_PAGE, 'utf8');
    const { smtpUrl, mailbox } = this.options.email;
    return smtpUrl === undefined && mailbox ? text.replace('data-mailbox="false"', 'data-mailbox="true"') : text;
  }

  /** Statistics every two seconds, health every ten. */
  @Get('live')
  live(@Res() reply: ServerResponse | { readonly raw: ServerResponse; hijack(): void }): void {
    if ('raw' in reply) reply.hijack();
    this.feed.add('raw' in reply ? reply.raw : reply);
  }

  @Get(':file')
  @Header('Cache-Control', 'no-cache')
  @Header('X-Content-Type-Options', 'nosniff')
  async asset(@Param('file') file: string, @Res({ passthrough: true }) response: object): Promise<string> {
    return await this.send(file, response);
  }

  /** Where the page's view library looks for its parts. */
  @Get('directives/:file')
  @Header('Cache-Control', 'no-cache')
  @Header('X-Content-Type-Options', 'nosniff')
  async directive(@Param('file') file: string, @Res({ passthrough: true }) response: object): Promise<string> {
    return await this.send(`directives/${file}`, response);
  }

  /** The HTML of a message, for a frame without rights. */
  @Get('forms/:messageId/:index')
  @Header('Content-Type', 'text/html; charset=utf-8')
  @Header('Content-Security-Policy', FORM_CSP)
  @Header('Cache-Control', 'no-store')
  @Header('X-Content-Type-Options', 'nosniff')
  @Header('Referrer-Policy', 'no-referrer')
  async form(@Param('messageId') messageId: string, @Param('index') index: string): Promise<string> {
    const { messages } = await this.messages.message(messageId);
    const form = messages[Number(index)];
    const content: unknown = form !== undefined && 'content' in form ? form.content : undefined;
    if (typeof content !== 'object' || content === null || !('html' in content) || typeof content.html !== 'string')
      throw new NotFoundError('HTML of this message');
    return content.html;
  }

  private async send(file: string, response: object): Promise<string> {
    const found = dashboardFile(file);
    if (found === undefined) throw new NotFoundError('this file');
    this.adapterHost.httpAdapter.setHeader(response, 'Content-Type', found.type);
    return readFile(found.path, 'utf8');
  }
}
