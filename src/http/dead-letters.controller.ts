import { Body, Get, HttpCode, Post, Query } from '@nestjs/common';
import { type DeliveryView } from '../model/delivery.js';
import { BatchProcessorService } from '../processing/batch-processor.service.js';
import { fullPage } from '../storage/full-page.js';
import { NotificationStore, type Page, type ReplayProgress } from '../storage/notification-store.js';
import { TransportRegistry } from '../transports/transport-registry.js';
import { DeadLettersQuery } from './dto/dead-letters.query.js';
import { ReplayBody } from './dto/replay.body.js';
import { NotificationRoutes } from './notification-routes.decorator.js';

@NotificationRoutes('dead')
export class DeadLettersController {
  constructor(
    private readonly processor: BatchProcessorService,
    private readonly store: NotificationStore,
    private readonly transports: TransportRegistry,
  ) {}

  /** Dead deliveries with their reason, newest first. */
  @Get()
  async dead(@Query() query: DeadLettersQuery): Promise<Page<DeliveryView>> {
    return await fullPage(this.transports.canonicalFilter(query), (part) => this.store.dead(part));
  }

  /** How far the last replays are, newest first. */
  @Get('replays')
  async replays(): Promise<{ readonly items: readonly ReplayProgress[] }> {
    return { items: await this.processor.replays() };
  }

  /** Puts them back in the queue. */
  @Post('replay')
  @HttpCode(202)
  async replay(@Body() filter: ReplayBody): Promise<{ readonly replayed: number; readonly more?: boolean }> {
    return await this.processor.startReplay(filter);
  }
}
