import { Get, Param, Query } from '@nestjs/common';
import { HistoryRecorder } from '../monitoring/history-recorder.js';
import { type HistoryView } from '../monitoring/history.js';
import { StatisticsService } from '../monitoring/statistics.service.js';
import { type AddressStatistics, type Statistics } from '../monitoring/statistics.js';
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

  @Get('channels/:channel/:address')
  async ofAddress(@Param('channel') channel: string, @Param('address') address: string): Promise<AddressStatistics> {
    return await this.statistics.ofAddress(channel, address);
  }

  @Get('history')
  async past(@Query() query: HistoryQuery): Promise<HistoryView> {
    return await this.history.history(query);
  }
}
