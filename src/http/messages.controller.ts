import { Get, Param } from '@nestjs/common';
import { MessagesService, type MessageView } from '../aggregation/messages.service.js';
import { NotificationRoutes } from './notification-routes.decorator.js';

@NotificationRoutes('messages')
export class MessagesController {
  constructor(private readonly messages: MessagesService) {}

  /** A message: its rule, when and why it closed, its deliveries, its attempts, and what it looks like in each of its forms. */
  @Get(':messageId')
  async message(@Param('messageId') messageId: string): Promise<MessageView> {
    return await this.messages.message(messageId);
  }
}
