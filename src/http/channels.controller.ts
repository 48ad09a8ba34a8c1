import { HttpCode, Param, Post } from '@nestjs/common';
import { NotFoundError } from '../model/errors.js';
import { BatchProcessorService } from '../processing/batch-processor.service.js';
import { TransportRegistry } from '../transports/transport-registry.js';
import { NotificationRoutes } from './notification-routes.decorator.js';

/** Whether a channel sends. */
export interface ChannelState {
  readonly channel: string;
  readonly paused: boolean;
}

@NotificationRoutes('channels/:channel')
export class ChannelsController {
  constructor(
    private readonly processor: BatchProcessorService,
    private readonly transports: TransportRegistry,
  ) {}

  /** Sends nothing more on the channel; what is accepted waits. */
  @Post('pause')
  @HttpCode(200)
  pause(@Param('channel') channel: string): ChannelState {
    this.requireChannel(channel);
    this.processor.pause(channel);
    return { channel, paused: true };
  }

  @Post('resume')
  @HttpCode(200)
  resume(@Param('channel') channel: string): ChannelState {
    this.requireChannel(channel);
    this.processor.resume(channel);
    return { channel, paused: false };
  }

  private requireChannel(channel: string): void {
    if (!this.transports.channels().includes(channel)) throw new NotFoundError(`channel ${JSON.stringify(channel)}`);
  }
}
