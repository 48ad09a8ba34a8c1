import { Body, Delete, Get, HttpCode, Post, Query } from '@nestjs/common';
import { type Page } from '../storage/notification-store.js';
import { type SuppressionResult, SuppressionService } from '../suppression/suppression.service.js';
import { type SuppressionView } from '../suppression/suppression-view.js';
import { SuppressionBody, SuppressionRemovalBody, SuppressionsQuery } from './dto/suppressions.js';
import { NotificationRoutes } from './notification-routes.decorator.js';

/** Addresses that nothing is sent to. An application reports here what its provider tells it of bounces and complaints. */
@NotificationRoutes('suppressions')
export class SuppressionsController {
  constructor(private readonly suppressions: SuppressionService) {}

  /** Newest first; those that ended too when they are asked for. */
  @Get()
  async list(@Query() query: SuppressionsQuery): Promise<Page<SuppressionView>> {
    return await this.suppressions.list(query);
  }

  /** Suppresses an address, and cancels what waits for it. */
  @Post()
  @HttpCode(200)
  async suppress(@Body() body: SuppressionBody): Promise<SuppressionResult> {
    return await this.suppressions.suppress(body);
  }

  /** Lets an address be written to again; the note says why. */
  @Delete()
  async remove(@Body() body: SuppressionRemovalBody): Promise<{ readonly removed: number }> {
    return await this.suppressions.remove(body);
  }
}
