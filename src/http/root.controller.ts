import { Get, Req, Res } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { NotificationRoutes } from './notification-routes.decorator.js';

@NotificationRoutes()
export class RootController {
  constructor(private readonly adapterHost: HttpAdapterHost) {}

  /** Leads a browser to the dashboard. The address is relative, so that it works behind a proxy's sub-path. */
  @Get()
  toDashboard(@Req() { originalUrl }: { readonly originalUrl: string }, @Res() response: object): void {
    const [path = ''] = originalUrl.split('?');
    const folder = path.endsWith('/') ? '' : `${path.split('/').pop() ?? ''}/`;
    this.adapterHost.httpAdapter.redirect(response, 303, `${folder}dashboard`);
  }
}
