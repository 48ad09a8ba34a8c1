import { Body, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { type ApplyRulesResult, type WindowPreview } from '../aggregation/aggregation-results.js';
import { BatchAggregationService } from '../aggregation/batch-aggregation.service.js';
import { ConflictError, NotFoundError } from '../model/errors.js';
import { NotificationStore, type Page, type WindowView } from '../storage/notification-store.js';
import { MessageFilter } from './dto/message-filter.js';
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
    const before = await this.store.windowState(messageId);
    if (before === 'unknown') throw new NotFoundError('this window');
    const { flushed } = before === 'open' ? await this.aggregation.flush({ messageId }) : { flushed: 0 };
    if (flushed === 0) throw new ConflictError(await this.whyNot(messageId));
    return { flushed };
  }

  /** What a window would send if it closed now. */
  @Get('windows/:messageId/preview')
  async preview(@Param('messageId') messageId: string): Promise<WindowPreview> {
    return await this.aggregation.preview(messageId);
  }

  /** Applies the rules that hold now to the windows that are open. */
  @Post('windows/apply-rules')
  @HttpCode(200)
  async applyRules(): Promise<ApplyRulesResult> {
    return await this.aggregation.applyRules();
  }

  /** Sends all windows that match. */
  @Post('flush')
  @HttpCode(202)
  async flush(@Body() filter: MessageFilter): Promise<{ readonly flushed: number; readonly more?: boolean }> {
    const { flushed, more } = await this.aggregation.flush(filter);
    return { flushed, ...(more === undefined ? {} : { more }) };
  }

  /** It may have closed in the meantime; one that still is open is held by its entries' `sendAt`. */
  private async whyNot(messageId: string): Promise<string> {
    const after = await this.store.windowState(messageId);
    return after === 'open' ? 'this window waits for the sendAt of its entries' : 'this window is no longer open';
  }
}
