import { type IncomingMessage, type ServerResponse } from 'node:http';
import { Body, Get, Inject, Post, Query, Req, Res, UnauthorizedException } from '@nestjs/common';
import { NOTIFICATION_OPTIONS, type ResolvedOptions } from '../config/options.js';
import { Clock } from '../model/clock.js';
import { ConflictError } from '../model/errors.js';
import { SseHub } from '../transports/sse/sse-hub.js';
import { SseWire } from '../transports/sse/sse-wire.js';
import { hasApiToken } from './api-token.js';
import { StreamQuery, TicketBody } from './dto/stream.query.js';
import { NotificationRoutes, TicketedNotificationRoutes } from './notification-routes.decorator.js';
import { isTicketFor, signTicket } from './stream-ticket.js';

/** Express gives Node's own response; Fastify wraps it. */
type Reply = ServerResponse | { readonly raw: ServerResponse; hijack(): void };

/** The in-app streams. With an API token, a stream needs it or a ticket; without, whoever may ask is the host's to say. */
@TicketedNotificationRoutes('stream')
export class StreamController {
  constructor(
    private readonly hub: SseHub,
    private readonly clock: Clock,
    @Inject(NOTIFICATION_OPTIONS) private readonly options: ResolvedOptions,
  ) {}

  @Get()
  async stream(@Query() query: StreamQuery, @Req() request: IncomingMessage, @Res() reply: Reply): Promise<void> {
    this.authorize(query, request.headers.authorization);
    const header = request.headers['last-event-id'];
    const lastEventId = (typeof header === 'string' ? header : query.lastEventId) ?? '';
    let response: ServerResponse;
    if ('raw' in reply) {
      reply.hijack();
      response = reply.raw;
    } else {
      response = reply;
    }
    await this.hub.connect(new SseWire(response), {
      addresses: [query.user],
      batched: query.batch !== false,
      lastEventId,
    });
  }

  private authorize({ user, ticket }: StreamQuery, authorization: string | undefined): void {
    const apiToken = this.options.http === false ? undefined : this.options.http.apiToken;
    if (apiToken === undefined || hasApiToken(authorization, apiToken)) return;
    if (ticket !== undefined && isTicketFor(ticket, apiToken, user, this.clock.now())) return;
    throw new UnauthorizedException(
      'a stream needs a ticket of its user (POST stream/tickets) that has not expired, or the API token',
    );
  }
}

@NotificationRoutes('stream/tickets')
export class StreamTicketsController {
  constructor(
    private readonly clock: Clock,
    @Inject(NOTIFICATION_OPTIONS) private readonly options: ResolvedOptions,
  ) {}

  /** A ticket for one user's stream, to be put into its address: `stream?user=…&ticket=…`. */
  @Post()
  create(@Body() { user, ttlMs }: TicketBody): { readonly ticket: string; readonly expiresAt: string } {
    const apiToken = this.options.http === false ? undefined : this.options.http.apiToken;
    if (apiToken === undefined) throw new ConflictError('tickets need an API_TOKEN; without one a stream needs no ticket');
    const expiresAt = this.clock.now() + ttlMs;
    return { ticket: signTicket(apiToken, user, expiresAt), expiresAt: new Date(expiresAt).toISOString() };
  }
}
