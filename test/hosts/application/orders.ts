import { Injectable } from '@nestjs/common';
import { QueueService } from 'nestjs-digest';

/** What an application does with the module. */
@Injectable()
export class Orders {
  constructor(private readonly queue: QueueService) {}

  async place(id: string, to: string): Promise<void> {
    await this.queue.enqueue({ type: 'order_placed', channel: 'email', to, title: `Order ${id}` });
  }
}
