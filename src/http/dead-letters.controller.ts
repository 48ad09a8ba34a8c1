import { Body, Get, HttpCode, Post, Query } from '@nestjs/common';
import { type DeliveryView } from '../model/delivery.js';
import { DeadLettersService, type DeadGroupsView } from '../monitoring/dead-letters.service.js';
import { BatchProcessorService } from '../processing/batch-processor.service.js';
import { type Page, type ReplayProgress } from '../storage/notification-store.js';
import { DeadGroupsQuery } from './dto/dead-groups.query.js';
import { DeadLettersQuery } from './dto/dead-letters.query.js';
import { ReplayBody } from './dto/replay.body.js';
import { NotificationRoutes } from './notification-routes.decorator.js';

@NotificationRoutes('dead')
export class DeadLettersController {
  constructor(
    private readonly processor: BatchProcessorService,
    private readonly letters: DeadLettersService,
  ) {}

  /** Dead deliveries with their reason, newest first. What was dismissed is counted, and shown when it is asked for. */
  @Get()
  async dead(@Query() query: DeadLettersQuery): Promise<Page<DeliveryView> & { readonly dismissed: number }> {
    return await this.letters.page(query);
  }

  /** The same by channel, reason and what the receivers said. */
  @Get('groups')
  async groups(@Query() query: DeadGroupsQuery): Promise<DeadGroupsView> {
    return await this.letters.groups(query);
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

  /** Hides what was dealt with; its state stays. */
  @Post('dismiss')
  @HttpCode(202)
  async dismiss(@Body() filter: ReplayBody): Promise<{ readonly dismissed: number; readonly more?: boolean }> {
    return await this.letters.dismiss(filter);
  }
}
