import { Get, Param, Query } from '@nestjs/common';
import { HistoryRecorder } from '../monitoring/history-recorder.js';
import { type HistoryView } from '../monitoring/history.js';
import { type BusiestAddressesView, StatisticsService } from '../monitoring/statistics.service.js';
import { type AddressStatistics, type Statistics } from '../monitoring/statistics.js';
import { AddressesQuery } from './dto/addresses.query.js';
import { HistoryQuery } from './dto/history.query.js';
import { NotificationRoutes } from './notification-routes.decorator.js';

@NotificationRoutes('stats')
export class StatisticsController {
  constructor(
    private readonly statistics: StatisticsService,
    private readonly history: HistoryRecorder,
  ) {}

  @Get()
  async now(): Promise<Statistics> {
    return await this.statistics.statistics();
  }

  /** The busiest addresses of a channel. */
  @Get('addresses')
  async addresses(@Query() { channel, limit }: AddressesQuery): Promise<BusiestAddressesView> {
    return await this.statistics.addresses(channel, limit);
  }

  @Get('channels/:channel/:address')
  async ofAddress(@Param('channel') channel: string, @Param('address') address: string): Promise<AddressStatistics> {
    return await this.statistics.ofAddress(channel, address);
  }

  @Get('history')
  async past(@Query() query: HistoryQuery): Promise<HistoryView> {
    return await this.history.history(query);
  }
}
