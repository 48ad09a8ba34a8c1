import { Inject, Injectable, UnauthorizedException } from '@nestjs/common';
import { NOTIFICATION_OPTIONS, type ResolvedOptions } from '../config/options.js';
import { Clock } from '../model/clock.js';
import { ConflictError } from '../model/errors.js';
import { type StreamScope } from '../transports/sse/sse-address.js';
import { hasApiToken } from './api-token.js';
import { allows, readTicket, signTicket } from './stream-ticket.js';

/** A ticket as it is handed out. */
export interface IssuedTicket {
  readonly ticket: string;
  /** ISO 8601. */
  readonly expiresAt: string;
}

/** Who may read which streams. With an API token a reader needs it or a ticket; without, the host's guards say who may ask. */
@Injectable()
export class StreamAccess {
  readonly #apiToken: string | undefined;

  constructor(
    private readonly clock: Clock,
    @Inject(NOTIFICATION_OPTIONS) { http }: ResolvedOptions,
  ) {
    this.#apiToken = http === false ? undefined : http.apiToken;
  }

  /** Whether the token, in the header `Authorization`, or the ticket allows all of it; false when there is no token. */
  isAllowed(scope: StreamScope, ticket: string | undefined, authorization: string | undefined): boolean {
    if (this.#apiToken === undefined) return false;
    if (hasApiToken(authorization, this.#apiToken)) return true;
    const claims = ticket === undefined ? undefined : readTicket(ticket, [this.#apiToken], this.clock.now());
    return claims !== undefined && allows(claims, scope);
  }

  /** @throws UnauthorizedException when there is a token, and neither it nor a ticket allows all of it */
  authorize(scope: StreamScope, ticket: string | undefined, authorization: string | undefined): void {
    if (this.#apiToken === undefined || this.isAllowed(scope, ticket, authorization)) return;
    throw new UnauthorizedException(
      'a stream needs a ticket for its user and its topics (POST stream/tickets) that has not expired, or the API token',
    );
  }

  /** @throws ConflictError when there is nothing to sign with */
  issue(scope: StreamScope, ttlMs: number): IssuedTicket {
    if (this.#apiToken === undefined) throw new ConflictError('tickets need an API_TOKEN; without one a stream needs no ticket');
    const expiresAt = this.clock.now() + ttlMs;
    return { ticket: signTicket(this.#apiToken, { ...scope, expiresAt }), expiresAt: new Date(expiresAt).toISOString() };
  }
}
