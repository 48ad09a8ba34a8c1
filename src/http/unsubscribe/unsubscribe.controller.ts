import { type IncomingMessage } from 'node:http';
import { Get, HttpCode, Inject, Post, Query, Req, Res } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { NOTIFICATION_OPTIONS, type ResolvedOptions } from '../../config/options.js';
import { NotFoundError } from '../../model/errors.js';
import { type UnsubscribeScope } from '../../model/unsubscribe-token.js';
import { type SubscriptionsView, UnsubscribeService } from '../../recipients/unsubscribe.service.js';
import { UnsubscribeQuery } from '../dto/unsubscribe.query.js';
import { LinkedNotificationRoutes } from '../notification-routes.decorator.js';
import { BodyTypes } from '../request-body.guard.js';
import { FORM_TYPES, formFields, type FormRequest } from './form-fields.js';
import { unsubscribeRequest } from './unsubscribe-form.js';
import { PAGE_HEADERS, renderInvalidPage, renderUnsubscribePage } from './unsubscribe-page.js';

/**
 * Where the links in mails lead: a page that changes nothing, and a POST that acts, from a mail provider (RFC 8058) or from a form of the page. The
 * signature in the link is the only credential; there is neither a cookie nor a redirect.
 */
@LinkedNotificationRoutes('unsubscribe')
export class UnsubscribeController {
  constructor(
    private readonly subscriptions: UnsubscribeService,
    private readonly adapterHost: HttpAdapterHost,
    @Inject(NOTIFICATION_OPTIONS) private readonly options: ResolvedOptions,
  ) {}

  @Get()
  async show(
    @Query() { t = '' }: UnsubscribeQuery,
    @Req() request: IncomingMessage,
    @Res({ passthrough: true }) response: object,
  ): Promise<string> {
    this.answerWithPage(response);
    const scope = this.subscriptions.scopeOf(t);
    const view = scope && (await this.viewOf(scope));
    if (scope === undefined || view === undefined) return this.refuse(request, response);
    return this.page(request, scope, view);
  }

  @Post()
  @HttpCode(200)
  @BodyTypes(...FORM_TYPES)
  async act(
    @Query() { t = '' }: UnsubscribeQuery,
    @Req() request: IncomingMessage & FormRequest,
    @Res({ passthrough: true }) response: object,
  ): Promise<string> {
    const scope = this.subscriptions.scopeOf(t);
    if (scope === undefined) {
      this.answerWithPage(response);
      return this.refuse(request, response);
    }
    const { isOneClick, change } = unsubscribeRequest(await formFields(request), scope.channel);
    if (isOneClick) {
      this.setHeaders(response, { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' });
      // Somebody who is gone gets nothing more: that is what was asked for.
      await this.subscriptions.change(scope, change).catch(ignoreGone);
      return 'unsubscribed\n';
    }
    const before = (await this.subscriptions.view(scope)).choices;
    await this.subscriptions.change(scope, change);
    this.answerWithPage(response);
    const action = change.action === 'unsubscribe' ? 'stopped' : 'saved';
    const done = change.action === 'restore' ? undefined : ({ action, before } as const);
    return this.page(request, scope, await this.subscriptions.view(scope), done);
  }

  private page(
    request: IncomingMessage,
    scope: UnsubscribeScope,
    view: SubscriptionsView,
    done?: Parameters<typeof renderUnsubscribePage>[0]['done'],
  ): string {
    const { email, formatting } = this.options;
    const locale = view.locale ?? languageOf(request);
    return renderUnsubscribePage({ scope, view, brandName: email.brandName, own: formatting.phrases, locale, done });
  }

  private viewOf(scope: UnsubscribeScope): Promise<SubscriptionsView | undefined> {
    return this.subscriptions.view(scope).catch((error: unknown) => {
      ignoreGone(error);
      return undefined;
    });
  }

  private refuse(request: IncomingMessage, response: object): string {
    this.adapterHost.httpAdapter.status(response, 404);
    return renderInvalidPage(languageOf(request));
  }

  private answerWithPage(response: object): void {
    this.setHeaders(response, PAGE_HEADERS);
  }

  private setHeaders(response: object, headers: Readonly<Record<string, string>>): void {
    for (const [name, value] of Object.entries(headers)) this.adapterHost.httpAdapter.setHeader(response, name, value);
  }
}

function ignoreGone(error: unknown): void {
  if (!(error instanceof NotFoundError)) throw error;
}

/** The first language that the browser asks for (RFC 9110 §12.5.4). */
function languageOf({ headers }: IncomingMessage): string | undefined {
  return /^\s*([A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*)/.exec(headers['accept-language'] ?? '')?.[1];
}
