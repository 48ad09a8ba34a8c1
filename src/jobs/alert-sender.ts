import { Inject, Injectable, Logger } from '@nestjs/common';
import { NOTIFICATION_OPTIONS, type ResolvedOptions } from '../config/options.js';
import { Intake } from '../model/intake.js';
import { type HealthEntry } from '../monitoring/health-indicators.js';

/** A part of the health report. */
export interface HealthPart {
  readonly name: string;
  readonly entry: HealthEntry;
}

/**
 * Tells the address of `HEALTH_ALERT_TO` what stopped being well and what is well again, as critical notifications of the module itself. What could
 * not be accepted is tried again at the next look, with what is then so: nobody is told that a part is well again who was not told that it was ill.
 */
@Injectable()
export class AlertSender {
  private readonly logger = new Logger('NotificationHealth');
  /** By part, what was told last; a part that was never told of is taken as well. */
  private readonly told = new Map<string, HealthEntry['status']>();
  private telling: Promise<void> = Promise.resolve();

  constructor(
    private readonly intake: Intake,
    @Inject(NOTIFICATION_OPTIONS) private readonly options: Pick<ResolvedOptions, 'health'>,
  ) {}

  /** Tells what differs from what was told last; one look after the other. */
  tell(parts: readonly HealthPart[]): Promise<void> {
    const { alertTo } = this.options.health;
    if (alertTo === undefined) return Promise.resolve();
    this.telling = this.telling.then(async () => {
      for (const part of parts) await this.tellOne(part, alertTo);
    });
    return this.telling;
  }

  private async tellOne(
    { name, entry: { status, detail } }: HealthPart,
    { channel, address }: NonNullable<ResolvedOptions['health']['alertTo']>,
  ): Promise<void> {
    if (status === (this.told.get(name) ?? 'ok')) return;
    const title = status === 'ok' ? `Notifications: ${name} is well again` : `Notifications: ${name} is not well (${status})`;
    try {
      await this.intake.accept({ type: 'alert', channel, to: address, title, body: detail, priority: 'critical' });
      this.told.set(name, status);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.logger.warn(`the alert "${title}" could not be sent and is tried again at the next look: ${why}`);
    }
  }
}
