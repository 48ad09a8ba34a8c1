import { type IncomingMessage } from 'node:http';
import { Body, HttpCode, type OnModuleDestroy, Post, Req, UnsupportedMediaTypeException } from '@nestjs/common';
import { type AcceptedDelivery } from '../model/delivery.js';
import { type Notification } from '../model/notification.js';
import { type EnqueueManyReport } from '../queue/enqueue-stream.js';
import { QueueService } from '../queue/queue.service.js';
import { type CancelReport } from '../storage/notification-store.js';
import { CancelBody } from './dto/cancel.body.js';
import { readNdjson } from './ndjson-lines.js';
import { NotificationRoutes } from './notification-routes.decorator.js';
import { requestChunks } from './request-chunks.js';

/** https://github.com/ndjson/ndjson-spec, and the name that is registered for the like. */
const NDJSON_TYPES: ReadonlySet<string> = new Set(['application/x-ndjson', 'application/ndjson', 'application/jsonl']);

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
  async enqueue(@Body() body: unknown): Promise<{ readonly deliveries: readonly AcceptedDelivery[] }> {
    const { deliveries } = await this.queue.enqueue(body as Notification); // it checks every field
    return { deliveries };
  }

  /** Takes back all of a key that was not sent yet. */
  @Post('cancel')
  @HttpCode(200)
  async cancel(@Body() filter: CancelBody): Promise<CancelReport> {
    return await this.queue.cancelAll(filter);
  }

  /** Keeps one notification a line, as they come in; a bad line harms no other. */
  @Post('bulk')
  @HttpCode(200)
  async enqueueMany(@Req() request: IncomingMessage): Promise<EnqueueManyReport> {
    const type = (request.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
    if (!NDJSON_TYPES.has(type)) throw new UnsupportedMediaTypeException('send application/x-ndjson: one notification a line');
    const encoding = request.headers['content-encoding'] ?? 'identity';
    if (encoding !== 'identity')
      throw new UnsupportedMediaTypeException(`Content-Encoding ${encoding} is not supported; send it plain`);
    return await this.queue.enqueueLines(readNdjson(requestChunks(request, this.stop.signal)));
  }
}
