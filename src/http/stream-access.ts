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

/**
 * Who may read which streams. With an API token or secrets for tickets a reader needs the token or a ticket. Without a token a host with guards,
 * which were asked, or with `http.open` needs no ticket; one that is given must be good.
 */
@Injectable()
export class StreamAccess {
  readonly #apiToken: string | undefined;
  /** The first one signs. */
  readonly #secrets: readonly string[];
  private readonly isLeftToHost: boolean;

  constructor(
    private readonly clock: Clock,
    @Inject(NOTIFICATION_OPTIONS) { http }: ResolvedOptions,
  ) {
    // Nothing is served where no routes are meant to be.
    const nothing = { apiToken: undefined, ticketSecrets: [], guards: [], open: false };
    const { apiToken, ticketSecrets, guards, open } = http === false ? nothing : http;
    this.#apiToken = apiToken;
    this.#secrets = [...(apiToken === undefined ? [] : [apiToken]), ...ticketSecrets];
    this.isLeftToHost = apiToken === undefined && (open || guards.length > 0);
  }

  /** Whether the token, in the header `Authorization`, or the ticket allows all of it; false when there are no secrets. */
  isAllowed(scope: StreamScope, ticket: string | undefined, authorization: string | undefined): boolean {
    if (this.#apiToken !== undefined && hasApiToken(authorization, this.#apiToken)) return true;
    const claims = ticket === undefined ? undefined : readTicket(ticket, this.#secrets, this.clock.now());
    return claims !== undefined && allows(claims, scope);
  }

  /** @throws UnauthorizedException when a credential is needed, or a ticket is given, and nothing allows all of it */
  authorize(scope: StreamScope, ticket: string | undefined, authorization: string | undefined): void {
    const isOpen = this.#secrets.length === 0 || (this.isLeftToHost && ticket === undefined);
    if (isOpen || this.isAllowed(scope, ticket, authorization)) return;
    throw new UnauthorizedException(
      'a stream needs a ticket for its user and its topics (POST stream/tickets) that has not expired, or the API token',
    );
  }

  /** @throws ConflictError when there is nothing to sign with */
  issue(scope: StreamScope, ttlMs: number): IssuedTicket {
    const [secret] = this.#secrets;
    if (secret === undefined) {
      throw new ConflictError('tickets need TICKET_SECRETS or an API_TOKEN; without them a stream needs no ticket');
    }
    const expiresAt = this.clock.now() + ttlMs;
    return { ticket: signTicket(secret, { ...scope, expiresAt }), expiresAt: new Date(expiresAt).toISOString() };
  }
}
