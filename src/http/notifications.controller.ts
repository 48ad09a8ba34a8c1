import { type IncomingMessage } from 'node:http';
import { Body, HttpCode, type OnModuleDestroy, Post, Req } from '@nestjs/common';
import { type AcceptedNotification } from '../model/delivery.js';
import { ATTACHMENT_LIMITS } from '../model/email-attachment.js';
import { type Notification } from '../model/notification.js';
import { type EnqueueManyReport } from '../queue/enqueue-stream.js';
import { QueueService } from '../queue/queue.service.js';
import { type CancelReport } from '../storage/notification-store.js';
import { CancelBody } from './dto/cancel.body.js';
import { readNdjson } from './ndjson-lines.js';
import { NDJSON_TYPES } from './ndjson-types.js';
import { NotificationRoutes } from './notification-routes.decorator.js';
import { BodyTypes } from './request-body.guard.js';
import { requestChunks } from './request-chunks.js';

@NotificationRoutes()
export class NotificationsController implements OnModuleDestroy {
  private readonly stop = new AbortController();

  constructor(private readonly queue: QueueService) {}

  /** Bodies that are still being sent end here: their callers are told, instead of being cut off. */
  onModuleDestroy(): void {
    this.stop.abort();
  }

  /** Keeps one notification; answers once it is durable. */
  @Post()
  @HttpCode(202)
  async enqueue(@Body() body: unknown): Promise<AcceptedNotification> {
    // It checks every field.
    return await this.queue.accept(body as Notification, { maxAttachmentBytes: ATTACHMENT_LIMITS.httpBytes });
  }

  /** Cancels all of a key that was not sent yet. */
  @Post('cancel')
  @HttpCode(200)
  async cancel(@Body() filter: CancelBody): Promise<CancelReport> {
    return await this.queue.cancelAll(filter);
  }

  /** Keeps one notification a line, as they come in; a bad line harms no other. */
  @Post('bulk')
  @HttpCode(200)
  @BodyTypes(...NDJSON_TYPES)
  async enqueueMany(@Req() request: IncomingMessage | { readonly raw: IncomingMessage }): Promise<EnqueueManyReport> {
    const body = 'raw' in request ? request.raw : request;
    return await this.queue.enqueueLines(readNdjson(requestChunks(body, this.stop.signal)));
  }
}
