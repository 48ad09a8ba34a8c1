import { HttpCode, Param, Post } from '@nestjs/common';
import { BatchProcessorService } from '../processing/batch-processor.service.js';
import { NotificationRoutes } from './notification-routes.decorator.js';

/** Who pauses a channel by a route. */
const BY = 'an operator';

/** Whether a channel sends. */
export interface PausedView {
  readonly channel: string;
  readonly paused: boolean;
}

@NotificationRoutes('channels/:channel')
export class ChannelsController {
  constructor(private readonly processor: BatchProcessorService) {}

  /** Sends nothing more on the channel; what is accepted waits. */
  @Post('pause')
  @HttpCode(200)
  async pause(@Param('channel') channel: string): Promise<PausedView> {
    await this.processor.pause(channel, BY);
    return { channel, paused: true };
  }

  @Post('resume')
  @HttpCode(200)
  async resume(@Param('channel') channel: string): Promise<PausedView> {
    await this.processor.resume(channel, BY);
    return { channel, paused: false };
  }
}
