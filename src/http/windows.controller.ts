import { Body, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { BatchAggregationService } from '../aggregation/batch-aggregation.service.js';
import { ConflictError, NotFoundError } from '../model/errors.js';
import { NotificationStore, type Page, type WindowView } from '../storage/notification-store.js';
import { FlushBody } from './dto/flush.body.js';
import { WindowsQuery } from './dto/windows.query.js';
import { NotificationRoutes } from './notification-routes.decorator.js';

@NotificationRoutes()
export class WindowsController {
  constructor(
    private readonly aggregation: BatchAggregationService,
    private readonly store: NotificationStore,
  ) {}

  /** Open windows, oldest first. */
  @Get('windows')
  async windows(@Query() query: WindowsQuery): Promise<Page<WindowView>> {
    return await this.aggregation.inspect(query);
  }

  /** Sends a window now. */
  @Post('windows/:messageId/flush')
  @HttpCode(202)
  async flushOne(@Param('messageId') messageId: string): Promise<{ readonly flushed: number }> {
    const state = await this.store.windowState(messageId);
    if (state === 'unknown') throw new NotFoundError('this window');
    // It may close between the question and the flush: then the flush finds nothing.
    const flushed = state === 'open' ? await this.aggregation.flush({ messageId }) : 0;
    if (flushed === 0) throw new ConflictError('this window is no longer open');
    return { flushed };
  }

  /** Sends all windows that match. */
  @Post('flush')
  @HttpCode(202)
  async flush(@Body() filter: FlushBody): Promise<{ readonly flushed: number }> {
    return { flushed: await this.aggregation.flush(filter) };
  }
}
