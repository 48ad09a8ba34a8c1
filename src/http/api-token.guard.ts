import { type IncomingMessage } from 'node:http';
import {
  type CanActivate,
  type ExecutionContext,
  ForbiddenException,
  Inject,
  Injectable,
  UnauthorizedException,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { NOTIFICATION_OPTIONS, type ResolvedOptions } from '../config/options.js';
import { AUTHENTICATE, hasApiToken } from './api-token.js';

/** Methods that change nothing (RFC 9110 §9.2.1). */
const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Asks for `API_TOKEN` when there is one, and refuses what a page of another site makes a reader's browser do
 * (`Sec-Fetch-Site`, https://www.w3.org/TR/fetch-metadata/): a browser adds a `Basic` password to such a request by itself.
 */
@Injectable()
export class ApiTokenGuard implements CanActivate {
  readonly #apiToken: string | undefined;

  constructor(
    @Inject(NOTIFICATION_OPTIONS) options: ResolvedOptions,
    private readonly adapterHost: HttpAdapterHost,
  ) {
    // Mounted routes with `http: false` are a wiring fault, and must not be open ones.
    if (options.http === false) throw new Error('the routes are mounted although the option http is false');
    this.#apiToken = options.http.apiToken;
  }

  canActivate(context: ExecutionContext): boolean {
    const http = context.switchToHttp();
    const { headers, method = 'GET' } = http.getRequest<IncomingMessage>();
    if (this.#apiToken !== undefined && !hasApiToken(headers.authorization, this.#apiToken)) {
      this.adapterHost.httpAdapter.setHeader(http.getResponse<object>(), 'WWW-Authenticate', AUTHENTICATE);
      throw new UnauthorizedException('send the API token: Authorization: Bearer <API_TOKEN>');
    }
    const site = headers['sec-fetch-site'];
    if (!SAFE_METHODS.has(method) && site !== undefined && site !== 'same-origin' && site !== 'none') {
      throw new ForbiddenException('a page of another origin may not do this');
    }
    return true;
  }
}
