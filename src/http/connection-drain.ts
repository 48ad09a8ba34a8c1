import { type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type Socket } from 'node:net';
import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost, ModuleRef } from '@nestjs/core';
import { NOTIFICATION_OPTIONS, type ResolvedOptions } from '../config/options.js';
import { Clock } from '../model/clock.js';
import { routesUnder } from './routes-under.js';
import { isStandAlone } from './stand-alone.token.js';
import { httpAdapterOf } from './http-adapter-of.js';

/**
 * How long a stop keeps an idle connection open, ms. A client that sends its next request within this time is told 503 instead of being cut off;
 * what it sends at the very end is lost with any server (RFC 9112 §9.5).
 */
const LINGER_MS = 1_000;

/**
 * Ends the connections over which the routes were called, when the application stops: requests that are being answered finish, later ones are told
 * 503 and `Connection: close`, idle connections are closed. Other connections are closed by the host; the stand-alone application has no other.
 */
@Injectable()
export class ConnectionDrain implements OnModuleInit, OnModuleDestroy {
  /** Open connections, each with the answers that it waits for. */
  private readonly connections = new Map<Socket, Set<ServerResponse>>();
  private readonly awaited = new Set<Socket>();
  private allClosed: (() => void) | undefined;
  private isStopping = false;
  private server: Server | undefined;

  constructor(
    private readonly adapterHost: HttpAdapterHost,
    private readonly modules: ModuleRef,
    private readonly clock: Clock,
    @Inject(NOTIFICATION_OPTIONS) private readonly options: ResolvedOptions,
  ) {}

  /** Whether requests are to be refused. */
  get stopping(): boolean {
    return this.isStopping;
  }

  onModuleInit(): void {
    const adapter = httpAdapterOf(this.adapterHost);
    const { http } = this.options;
    if (adapter === undefined || http === false) return;
    const own = routesUnder(http.prefix);
    this.server = adapter.getHttpServer() as Server;
    // Before the adapter's own listener: a request counts from its head on, not only when its body was read.
    this.server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
      const [path = ''] = (request.url ?? '').split('?', 1);
      // A stream of HTTP/2 has no connection of its own.
      if (request.httpVersionMajor === 1 && own.test(path)) this.watch(request.socket, response);
    });
  }

  /** From here on every answer says `Connection: close`. */
  onModuleDestroy(): void {
    this.isStopping = true;
    for (const [socket, answers] of this.connections) for (const answer of answers) this.announceClose(socket, answer);
  }

  /**
   * Resolves when the connections are closed that are open now: idle ones after at most `LINGER_MS`, those with requests that are being answered
   * after at most `SHUTDOWN_GRACE_MS`.
   *
   * @param lingerMs how long an idle connection is kept open
   */
  async end(lingerMs: number = LINGER_MS): Promise<void> {
    if (this.connections.size > 0) {
      const { promise, resolve } = Promise.withResolvers<undefined>();
      this.allClosed = () => resolve(undefined);
      for (const [socket, answers] of this.connections) {
        this.awaited.add(socket);
        // The time of a socket is not the clock's: a test that moves the clock by hand still stops.
        if (answers.size === 0) socket.setTimeout(lingerMs, () => socket.destroySoon());
      }
      await this.within(Math.max(lingerMs, this.options.shutdown.graceMs), promise);
    }
    if (isStandAlone(this.modules)) await this.closeServer(lingerMs);
  }

  /** Counts a request on its connection until it was answered. */
  private watch(socket: Socket, response: ServerResponse): void {
    const answers = this.connections.get(socket) ?? this.enter(socket);
    answers.add(response);
    if (this.isStopping) this.announceClose(socket, response);
    response.once('close', () => {
      answers.delete(response);
      // An event stream began before the stop, so its client was not told that the connection closes.
      if (this.isStopping && answers.size === 0) socket.destroySoon();
    });
  }

  /** What came over new connections meanwhile is answered; what never asked for anything is cut off. */
  private async closeServer(lingerMs: number): Promise<void> {
    const { server } = this;
    if (server?.listening !== true) return;
    await this.within(lingerMs, new Promise<void>((resolve) => server.close(() => resolve())));
    server.closeAllConnections();
  }

  private async within(limitMs: number, promise: Promise<unknown>): Promise<void> {
    const { promise: late, resolve } = Promise.withResolvers<undefined>();
    const limit = this.clock.setTimer(limitMs, () => resolve(undefined));
    await Promise.race([promise, late]);
    limit.cancel();
  }

  private enter(socket: Socket): Set<ServerResponse> {
    const answers = new Set<ServerResponse>();
    this.connections.set(socket, answers);
    socket.once('close', () => {
      this.connections.delete(socket);
      if (this.awaited.delete(socket) && this.awaited.size === 0) this.allClosed?.();
    });
    return answers;
  }

  private announceClose(socket: Socket, response: ServerResponse): void {
    socket.setTimeout(0);
    if (!response.headersSent) response.setHeader('Connection', 'close');
  }
}
