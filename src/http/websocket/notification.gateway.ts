import { type IncomingMessage } from 'node:http';
import { Inject, Logger } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { type OnGatewayConnection, type OnGatewayInit, WebSocketGateway } from '@nestjs/websockets';
import { type WebSocket, type WebSocketServer } from 'ws';
import { NOTIFICATION_OPTIONS, type ResolvedOptions } from '../../config/options.js';
import { InvalidConfigurationError } from '../../model/errors.js';
import { QueueService } from '../../queue/queue.service.js';
import { addressesOf } from '../../transports/sse/sse-address.js';
import { SseHub } from '../../transports/sse/sse-hub.js';
import { ApplicationGuards } from '../application.guards.js';
import { StreamQuery } from '../dto/stream.query.js';
import { StreamAccess } from '../stream-access.js';
import { takeReadReceipts } from './read-receipts.js';
import { UpgradeCheck } from './upgrade-check.js';
import { WsWire } from './ws-wire.js';

/** Longest message that a client may send, bytes. */
const MAX_MESSAGE_BYTES = 16 * 1024;
/** RFC 6455 §7.4.1: the client may not have this. */
const POLICY_VIOLATION = 1008;

/**
 * The in-app stream over WebSockets: the events, ids, tickets and limits of `GET stream`, with the same query, and `{ "read": [ids] }` upstream. It
 * stands among the providers of a module of the host, whose application uses `WsAdapter` of `@nestjs/platform-ws`, and needs the option `http`.
 *
 * Its path is that of the stream under the default prefix. Under another one, extend it:
 * `@WebSocketGateway({ path: '/api/notifications/stream' }) class AppGateway extends NotificationGateway {}`.
 */
@WebSocketGateway({ path: '/notifications/stream' })
export class NotificationGateway implements OnGatewayInit<WebSocketServer>, OnGatewayConnection<WebSocket> {
  private readonly logger = new Logger('NotificationGateway');
  /** What upgrades that were let through ask for. */
  private readonly accepted = new WeakMap<IncomingMessage, StreamQuery>();

  constructor(@Inject(ModuleRef) private readonly modules: ModuleRef) {}

  /** A refused upgrade is answered with an HTTP status: 400, 401, or 403. @throws InvalidConfigurationError without the option `http` */
  afterInit({ options }: WebSocketServer): void {
    const { http } = this.provided<ResolvedOptions>(NOTIFICATION_OPTIONS);
    if (http === false)
      throw new InvalidConfigurationError(['http: got false; the WebSocket gateway needs it for its token, guards and origins']);
    const check = new UpgradeCheck(http, this.provided(StreamAccess), this.provided(ApplicationGuards), NotificationGateway);
    options.maxPayload = MAX_MESSAGE_BYTES;
    options.verifyClient = ({ req }, answer) => {
      void check.check(req).then((found) => {
        if (found instanceof StreamQuery) {
          this.accepted.set(req, found);
          answer(true);
          return;
        }
        this.logger.debug(`refused an upgrade with ${found.status}: ${found.reason}`);
        answer(false, found.status);
      });
    };
  }

  /** @param request the upgrade */
  handleConnection(client: WebSocket, request: IncomingMessage): void {
    const query = this.accepted.get(request);
    if (query === undefined) {
      // An adapter that does not ask `verifyClient` lets through what nobody checked.
      client.close(POLICY_VIOLATION, 'the upgrade was not checked; use WsAdapter of @nestjs/platform-ws');
      return;
    }
    takeReadReceipts(client, query.user, this.provided(QueueService));
    void this.provided(SseHub).connect(new WsWire(client), {
      addresses: addressesOf({ user: query.user, topics: query.topic }),
      batched: query.batch !== false,
      lastEventId: query.lastEventId ?? '',
    });
  }

  /** Of the notification module, wherever it was imported. */
  private provided<T>(token: string | symbol | (abstract new (...args: never[]) => T)): T {
    return this.modules.get<T>(token, { strict: false });
  }
}
