import { Inject, Injectable, Logger } from '@nestjs/common';
import { NOTIFICATION_OPTIONS, type ResolvedOptions } from '../config/options.js';
import { Intake } from '../model/intake.js';
import { type HealthEntry } from '../monitoring/health-indicators.js';
import { NotificationStore } from '../storage/notification-store.js';

/** The setting that stores what was told last, over restarts and for all instances: JSON, the status by part. */
const TOLD = 'health alerts';
const GONE: HealthEntry = { status: 'ok', detail: 'there is nothing left to report' };

type Told = Readonly<Record<string, HealthEntry['status']>>;

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
  private telling: Promise<void> = Promise.resolve();

  constructor(
    private readonly intake: Intake,
    private readonly store: NotificationStore,
    @Inject(NOTIFICATION_OPTIONS) private readonly options: Pick<ResolvedOptions, 'health'>,
  ) {}

  /**
   * Tells what differs from what was told last; one look after the other.
   *
   * @param isMissed says of a part that was told of and that is not among `parts` whether nothing is wrong with it any more; other instances report
   *   the rest. By default it is so of every part
   */
  tell(parts: readonly HealthPart[], isMissed: (name: string) => boolean = () => true): Promise<void> {
    const { alertTo } = this.options.health;
    if (alertTo === undefined) return Promise.resolve();
    this.telling = this.telling.then(async () => {
      const told = await this.told();
      const missed = Object.keys(told).filter((name) => !parts.some((part) => part.name === name) && isMissed(name));
      for (const part of [...parts, ...missed.map((name) => ({ name, entry: GONE }))]) await this.tellOne(part, alertTo, told);
    });
    return this.telling;
  }

  private async tellOne(
    { name, entry: { status, detail } }: HealthPart,
    { channel, address }: NonNullable<ResolvedOptions['health']['alertTo']>,
    told: Told,
  ): Promise<void> {
    if (status === (told[name] ?? 'ok')) return;
    const title = status === 'ok' ? `Notifications: ${name} has recovered` : `Notifications: ${name} is unhealthy (${status})`;
    try {
      await this.intake.accept({ type: 'alert', channel, to: address, title, body: detail, priority: 'critical' });
    } catch (error) {
      this.logger.warn(`the alert "${title}" could not be sent and is tried again at the next look: ${messageOf(error)}`);
      return;
    }
    await this.keep(name, status);
  }

  /** What was told, by any instance; nothing when it cannot be read. */
  private async told(): Promise<Told> {
    try {
      return parsed(await this.store.state.get(TOLD));
    } catch (error) {
      this.logger.warn(`what was told of the health before could not be read: ${messageOf(error)}`);
      return {};
    }
  }

  private async keep(name: string, status: HealthEntry['status']): Promise<void> {
    try {
      await this.store.state.update(TOLD, (value) => {
        const { [name]: _, ...others } = readable(value);
        const told = status === 'ok' ? others : { ...others, [name]: status };
        return Object.keys(told).length === 0 ? undefined : JSON.stringify(told);
      });
    } catch (error) {
      this.logger.warn(`what was told of the health could not be stored: ${messageOf(error)}`);
    }
  }
}

function parsed(value: string | undefined): Told {
  return JSON.parse(value ?? '{}') as Told;
}

function readable(value: string | undefined): Told {
  try {
    return parsed(value);
  } catch {
    return {};
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
