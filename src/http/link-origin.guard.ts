import { type IncomingMessage } from 'node:http';
import { type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { NOTIFICATION_OPTIONS, type ResolvedOptions } from '../config/options.js';
import { OriginGuard } from './origin.guard.js';

/**
 * The same for links in mails. A POST without `Origin` is not a browser's but a mail provider's (RFC 8058): it has no session that a page could abuse,
 * and comes under whatever name the link has.
 */
@Injectable()
export class LinkOriginGuard extends OriginGuard {
  constructor(@Inject(NOTIFICATION_OPTIONS) options: ResolvedOptions) {
    super(options);
  }

  override canActivate(context: ExecutionContext): boolean {
    const { headers, method } = context.switchToHttp().getRequest<IncomingMessage>();
    return (method === 'POST' && headers.origin === undefined) || super.canActivate(context);
  }
}
