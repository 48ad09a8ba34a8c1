import { Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { type DeliveryView } from '../model/delivery.js';
import { NotFoundError } from '../model/errors.js';
import { QueueService } from '../queue/queue.service.js';
import { type Page } from '../storage/notification-store.js';
import { DeliveriesQuery } from './dto/deliveries.query.js';
import { NotificationRoutes } from './notification-routes.decorator.js';

@NotificationRoutes('deliveries')
export class DeliveriesController {
  constructor(private readonly queue: QueueService) {}

  /** Newest first. A page of a narrow filter may be empty while `next` is there. */
  @Get()
  async page(@Query() query: DeliveriesQuery): Promise<Page<DeliveryView>> {
    return await this.queue.deliveries(query);
  }

  @Get(':id')
  async find(@Param('id') id: string): Promise<DeliveryView> {
    const delivery = await this.queue.find(id);
    if (delivery === undefined) throw new NotFoundError('this delivery');
    return delivery;
  }

  /** Cancels a delivery, as long as it is not being sent. */
  @Delete(':id')
  async cancel(@Param('id') id: string): Promise<DeliveryView> {
    return await this.queue.cancel(id);
  }

  /** The recipient has seen it elsewhere. */
  @Post(':id/read')
  @HttpCode(200)
  async markRead(@Param('id') id: string): Promise<DeliveryView> {
    return await this.queue.markRead(id);
  }
}
