import { type IncomingMessage } from 'node:http';
import { type CanActivate, type ExecutionContext, ForbiddenException, Inject, Injectable } from '@nestjs/common';
import { originOf, type ResolvedHttpOptions } from '../config/http-options.js';
import { NOTIFICATION_OPTIONS, type ResolvedOptions } from '../config/options.js';
import { hostProblem, originProblem, type OriginRules } from './request-origin.js';

/** What the routes, and WebSocket upgrades, are checked by. */
export function originRulesOf({ hosts, origins, publicUrl }: ResolvedHttpOptions): OriginRules {
  const own = publicUrl === undefined ? undefined : originOf(publicUrl);
  return { hosts, origins: own === undefined ? origins : [...origins, own] };
}

/** Refuses requests under a name that is not served, and what a page of another origin makes a browser do. */
@Injectable()
export class OriginGuard implements CanActivate {
  readonly #rules: OriginRules;

  constructor(@Inject(NOTIFICATION_OPTIONS) { http }: ResolvedOptions) {
    // Nothing is served where no routes are meant to be.
    this.#rules = http === false ? { hosts: [], origins: [] } : originRulesOf(http);
  }

  canActivate(context: ExecutionContext): boolean {
    const { headers, method = 'GET' } = context.switchToHttp().getRequest<IncomingMessage>();
    const problem = hostProblem(headers, this.#rules) ?? originProblem(method, headers, this.#rules);
    if (problem !== undefined) throw new ForbiddenException(problem);
    return true;
  }
}
