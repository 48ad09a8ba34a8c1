import { Inject, Injectable, Logger } from '@nestjs/common';
import { NOTIFICATION_OPTIONS, type ResolvedOptions } from '../config/options.js';
import { Intake } from '../model/intake.js';
import { type HealthEntry } from '../monitoring/health-indicators.js';
import { NotificationStore } from '../storage/notification-store.js';

/** The setting that keeps what was told last, over restarts: JSON, the status by part. */
const TOLD = 'health alerts';
const GONE: HealthEntry = { status: 'ok', detail: 'there is nothing left to report' };

/** A part of the health report. */
export interface HealthPart {
  readonly name: string;
  readonly entry: HealthEntry;
}

/**
 * Tells the address of `HEALTH_ALERT_TO` which parts became unhealthy and which recovered, as critical notifications of the module itself. What could
 * not be accepted is tried again at the next check, with the state of that time: a recovery is reported only to those who were told of the failure.
 */
@Injectable()
export class AlertSender {
  private readonly logger = new Logger('NotificationHealth');
  /** By part, what was told last; a part that was never told of is taken as well. Undefined until it was read from the store. */
  private told: Map<string, HealthEntry['status']> | undefined;
  private telling: Promise<void> = Promise.resolve();

  constructor(
    private readonly intake: Intake,
    private readonly store: NotificationStore,
    @Inject(NOTIFICATION_OPTIONS) private readonly options: Pick<ResolvedOptions, 'health'>,
  ) {}

  /** Tells what differs from what was told last; one look after the other. */
  tell(parts: readonly HealthPart[]): Promise<void> {
    const { alertTo } = this.options.health;
    if (alertTo === undefined) return Promise.resolve();
    this.telling = this.telling.then(async () => {
      const told = (this.told ??= await this.restore());
      for (const part of parts) await this.tellOne(part, alertTo, told);
      // A part that was told of before a restart, and that no report has any more, is not ill any more.
      for (const name of [...told.keys()]) {
        if (!parts.some((part) => part.name === name)) await this.tellOne({ name, entry: GONE }, alertTo, told);
      }
    });
    return this.telling;
  }

  /** Another instance tells: what it told is read from the store when this one tells again. */
  leave(): void {
    this.telling = this.telling.then(() => {
      this.told = undefined;
    });
  }

  private async tellOne(
    { name, entry: { status, detail } }: HealthPart,
    { channel, address }: NonNullable<ResolvedOptions['health']['alertTo']>,
    told: Map<string, HealthEntry['status']>,
  ): Promise<void> {
    if (status === (told.get(name) ?? 'ok')) return;
    const title = status === 'ok' ? `Notifications: ${name} has recovered` : `Notifications: ${name} is unhealthy (${status})`;
    try {
      await this.intake.accept({ type: 'alert', channel, to: address, title, body: detail, priority: 'critical' });
      if (status === 'ok') told.delete(name);
      else told.set(name, status);
    } catch (error) {
      this.logger.warn(`the alert "${title}" could not be sent and is tried again at the next look: ${messageOf(error)}`);
      return;
    }
    await this.keep(told);
  }

  /** What earlier processes told; nothing when it cannot be read. */
  private async restore(): Promise<Map<string, HealthEntry['status']>> {
    try {
      const kept: unknown = JSON.parse((await this.store.state.get(TOLD)) ?? '{}');
      return new Map(Object.entries(kept as Readonly<Record<string, HealthEntry['status']>>));
    } catch (error) {
      this.logger.warn(`what was told of the health before could not be read: ${messageOf(error)}`);
      return new Map();
    }
  }

  private async keep(told: ReadonlyMap<string, HealthEntry['status']>): Promise<void> {
    try {
      await this.store.state.set(TOLD, told.size === 0 ? undefined : JSON.stringify(Object.fromEntries(told)));
    } catch (error) {
      this.logger.warn(`what was told of the health could not be kept: ${messageOf(error)}`);
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
