import { Inject, Injectable, Logger } from '@nestjs/common';
import { NOTIFICATION_OPTIONS, type ResolvedOptions } from '../config/options.js';
import { Intake } from '../model/intake.js';
import { type NotificationEventMap, NotificationEvents } from '../model/notification-events.js';

/** Tells the address of `HEALTH_ALERT_TO` what stopped being well and what is well again, as critical notifications of the module itself. */
@Injectable()
export class AlertSender {
  private readonly logger = new Logger('NotificationHealth');

  constructor(
    private readonly intake: Intake,
    events: NotificationEvents,
    @Inject(NOTIFICATION_OPTIONS) { health }: ResolvedOptions,
  ) {
    const { alertTo } = health;
    if (alertTo !== undefined) events.on('healthChanged', (change) => void this.tell(change, alertTo));
  }

  private async tell(
    { part, status, detail }: NotificationEventMap['healthChanged'][0],
    { channel, address }: NonNullable<ResolvedOptions['health']['alertTo']>,
  ): Promise<void> {
    const title = status === 'ok' ? `Notifications: ${part} is well again` : `Notifications: ${part} is not well (${status})`;
    try {
      await this.intake.accept({ type: 'alert', channel, to: address, title, body: detail, priority: 'critical' });
    } catch (error) {
      this.logger.warn(`the alert could not be sent: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}
