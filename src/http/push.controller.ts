import { type IncomingMessage } from 'node:http';
import { Body, Delete, Get, Header, HttpCode, Inject, Post, Query, Req, Res, UnauthorizedException } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { NOTIFICATION_OPTIONS, type ResolvedOptions } from '../config/options.js';
import { NotFoundError } from '../model/errors.js';
import { deviceKey } from '../model/push-device.js';
import { PushDevices } from '../transports/push/push-devices.js';
import { DevicesQuery, PushKeyQuery } from './dto/push.query.js';
import { NotificationRoutes, OpenNotificationRoutes, TicketedNotificationRoutes } from './notification-routes.decorator.js';
import { registrationOf, removalOf } from './push-requests.js';
import { PUSH_WORKER } from './push-worker.js';
import { StreamAccess } from './stream-access.js';

/** A device as an operator sees it: neither its endpoint nor its token, which are capabilities. */
export interface DeviceView {
  readonly key: string;
  readonly kind: 'web' | 'fcm';
  /** Of the push service. */
  readonly host?: string;
  /** ISO 8601. */
  readonly registeredAt: string;
}

/** Registers devices for Web Push and FCM. A device is a person's: it takes a ticket of that person, or what opens the other routes. */
@TicketedNotificationRoutes('push')
export class PushController {
  constructor(
    private readonly devices: PushDevices,
    private readonly access: StreamAccess,
    private readonly adapterHost: HttpAdapterHost,
    @Inject(NOTIFICATION_OPTIONS) private readonly options: ResolvedOptions,
  ) {}

  /** The key for `pushManager.subscribe({ applicationServerKey })`. */
  @Get('key')
  key(@Query() { user, ticket }: PushKeyQuery, @Req() request: IncomingMessage): { readonly publicKey: string } {
    this.authorize(user, ticket, request);
    const { vapid } = this.options.push;
    if (vapid === undefined)
      throw new NotFoundError('a key for Web Push: VAPID_SUBJECT, VAPID_PUBLIC_KEY and VAPID_PRIVATE_KEY are not set');
    return { publicKey: vapid.publicKey };
  }

  /** 201 for a device that is new for the person, else 200. */
  @Post('devices')
  async register(
    @Body() body: unknown,
    @Req() request: IncomingMessage,
    @Res({ passthrough: true }) response: object,
  ): Promise<{ readonly key: string }> {
    const { user, device, ticket } = registrationOf(body, this.options.push.allowPrivate);
    this.authorize(user, ticket, request);
    const isNew = await this.devices.add(user, device);
    this.adapterHost.httpAdapter.status(response, isNew ? 201 : 200);
    return { key: deviceKey(device) };
  }

  @Delete('devices')
  @HttpCode(204)
  async remove(@Body() body: unknown, @Req() request: IncomingMessage): Promise<void> {
    const { user, key, ticket } = removalOf(body);
    this.authorize(user, ticket, request);
    await this.devices.remove(user, key);
  }

  private authorize(user: string | undefined, ticket: string | undefined, { headers: { authorization } }: IncomingMessage): void {
    const { http } = this.options;
    if (http === false) throw new UnauthorizedException();
    const { apiToken, guards, open } = http;
    if (this.access.isAllowed({ user, topics: [] }, ticket, authorization)) return;
    // The host's own guards were asked before; without any, everybody could get a person's messages.
    if (open || (apiToken === undefined && guards.length > 0)) return;
    throw new UnauthorizedException(
      'a device needs a ticket of its user (POST stream/tickets) that has not expired, or the API token',
    );
  }
}

/** What operators and hosts may see of a person's devices. */
@NotificationRoutes('push/devices')
export class PushDevicesController {
  constructor(private readonly devices: PushDevices) {}

  @Get()
  async list(@Query() { user }: DevicesQuery): Promise<{ readonly items: readonly DeviceView[] }> {
    const registered = await this.devices.of(user);
    return {
      items: registered.map(({ key, device, registeredAt }) => ({
        key,
        kind: device.kind,
        ...(device.kind === 'web' ? { host: new URL(device.endpoint).host } : {}),
        registeredAt: new Date(registeredAt).toISOString(),
      })),
    };
  }
}

/** The service worker. It holds no secret, and a browser asks for it without any credential. */
@OpenNotificationRoutes('push')
export class PushWorkerController {
  @Get('worker.js')
  @Header('Content-Type', 'text/javascript; charset=utf-8')
  @Header('Cache-Control', 'no-cache')
  @Header('Service-Worker-Allowed', '/')
  @Header('X-Content-Type-Options', 'nosniff')
  worker(): string {
    return PUSH_WORKER;
  }
}
