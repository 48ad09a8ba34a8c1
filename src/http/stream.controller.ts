import { type IncomingMessage, type ServerResponse } from 'node:http';
import { Body, Get, Post, Query, Req, Res } from '@nestjs/common';
import { addressesOf } from '../transports/sse/sse-address.js';
import { SseHub } from '../transports/sse/sse-hub.js';
import { SseWire } from '../transports/sse/sse-wire.js';
import { StreamQuery, TicketBody } from './dto/stream.query.js';
import { NotificationRoutes, TicketedNotificationRoutes } from './notification-routes.decorator.js';
import { type IssuedTicket, StreamAccess } from './stream-access.js';

/** Express gives Node's own response; Fastify wraps it. */
type Reply = ServerResponse | { readonly raw: ServerResponse; hijack(): void };

/** The in-app stream: what is for a user, for topics, and for everybody. */
@TicketedNotificationRoutes('stream')
export class StreamController {
  constructor(
    private readonly hub: SseHub,
    private readonly access: StreamAccess,
  ) {}

  @Get()
  async stream(@Query() query: StreamQuery, @Req() request: IncomingMessage, @Res() reply: Reply): Promise<void> {
    const scope = { user: query.user, topics: query.topic };
    this.access.authorize(scope, query.ticket, request.headers.authorization);
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
      addresses: addressesOf(scope),
      batched: query.batch !== false,
      lastEventId,
    });
  }
}

@NotificationRoutes('stream/tickets')
export class StreamTicketsController {
  constructor(private readonly access: StreamAccess) {}

  /** A ticket to be put into an address: `stream?user=…&ticket=…`. */
  @Post()
  create(@Body() { user, topics, ttlMs }: TicketBody): IssuedTicket {
    return this.access.issue({ user, topics }, ttlMs);
  }
}
