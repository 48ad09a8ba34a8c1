import { type IncomingMessage } from 'node:http';
import { type CanActivate, type ExecutionContext, Inject, Injectable, UnauthorizedException } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { NOTIFICATION_OPTIONS, type ResolvedOptions } from '../config/options.js';
import { CHALLENGES, hasApiToken, HOW_TO_AUTHENTICATE } from './api-token.js';

/** Asks for `API_TOKEN` when there is one. */
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
    const { headers } = http.getRequest<IncomingMessage>();
    if (this.#apiToken === undefined || hasApiToken(headers.authorization, this.#apiToken)) return true;
    // Nest's type knows one line of a header; both adapters take a list.
    this.adapterHost.httpAdapter.setHeader(http.getResponse<object>(), 'WWW-Authenticate', CHALLENGES as unknown as string);
    throw new UnauthorizedException(HOW_TO_AUTHENTICATE);
  }
}
