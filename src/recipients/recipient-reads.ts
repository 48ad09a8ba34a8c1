import { Injectable } from '@nestjs/common';
import { type DeliveryView } from '../model/delivery.js';
import { InvalidRequestError, NotFoundError } from '../model/errors.js';
import { NotificationChannel } from '../model/notification.js';
import { recipientAddress, recipientIdOf } from '../model/recipient.js';
import { timestampOf } from '../model/timestamp.js';
import { CommandRunner } from '../storage/command-runner.js';
import { NotificationStore } from '../storage/notification-store.js';
import { TransportRegistry } from '../transports/transport-registry.js';
import { readFilterErrors, type ReadFilter } from './read-filter.js';
import { ReadMarker, type Wanted } from './read-marker.js';
import { RecipientRecords } from './recipient-records.js';

/** Takes what people have read out of what waits for them, on every channel. What is being sent is left. */
@Injectable()
export class RecipientReads {
  constructor(
    private readonly store: NotificationStore,
    private readonly records: RecipientRecords,
    private readonly transports: TransportRegistry,
    private readonly commands: CommandRunner,
  ) {}

  /** The id of the recipient that a delivery is for; undefined when it is for an address. */
  recipientOf({ to, recipient = to }: Pick<DeliveryView, 'to' | 'recipient'>): string | undefined {
    return this.records.isOn ? recipientIdOf(recipient) : undefined;
  }

  /** A delivery was read: what waits of its notification for the same recipient ends as `cancelled`, reason `read`. */
  async markDelivery(recipientId: string, { id, notificationId, to, channel }: DeliveryView): Promise<void> {
    const wanted = { ids: new Set([id]), notifications: new Set([notificationId]) };
    const address = recipientAddress(recipientId);
    await this.mark(address, this.transports.channels(), wanted);
    if (to !== address) await this.mark(to, [channel], wanted);
  }

  /**
   * The same of all that matches; returns how many deliveries no longer come.
   *
   * @throws InvalidRequestError, NotFoundError for somebody whom the directory does not know
   */
  async markMatching(recipientId: string, filter: ReadFilter): Promise<number> {
    const errors = readFilterErrors(filter);
    if (errors.length > 0) throw new InvalidRequestError(errors);
    if (!this.records.isOn) throw new NotFoundError('this recipient', 'is not known: the option recipients is not set');
    // A directory that does not answer holds up nothing.
    const found = await this.records.find([recipientId]).catch(() => undefined);
    const known = found?.get(recipientId);
    if (found !== undefined && known === undefined) throw new NotFoundError('this recipient', 'is not known to the directory');
    const { ids, groupKey, before } = filter;
    const wanted: Wanted = {
      ...(ids === undefined ? {} : { ids: new Set(ids), notifications: await this.notificationsOf(recipientId, ids) }),
      groupKey,
      before: before === undefined ? undefined : timestampOf(before),
    };
    const own = await this.mark(recipientAddress(recipientId), this.transports.channels(), wanted);
    const stream = known?.recipient.addresses[NotificationChannel.SSE];
    return stream === undefined ? own : own + (await this.mark(stream, [NotificationChannel.SSE], wanted));
  }

  private async notificationsOf(recipientId: string, ids: readonly string[]): Promise<ReadonlySet<string>> {
    const found = new Set<string>();
    for (const id of ids) {
      const delivery = await this.store.find(id);
      if (delivery !== undefined && this.recipientOf(delivery) === recipientId) found.add(delivery.notificationId);
    }
    return found;
  }

  private async mark(address: string, channels: readonly string[], wanted: Wanted): Promise<number> {
    const reader = new ReadMarker(wanted);
    return this.commands.runToEnd({
      name: 'taking out what was read',
      step: (slice) => this.store.replan(address, channels, reader, slice),
      start: 0,
      add: (sum, { cancelled }) => sum + cancelled,
    });
  }
}
