import { Inject, Injectable, Logger } from '@nestjs/common';
import { NOTIFICATION_OPTIONS, type ResolvedOptions } from '../config/options.js';
import { NotificationEvents } from '../model/notification-events.js';
import { type HealthEntry } from '../monitoring/health-indicators.js';
import { type HealthReport, HealthService } from '../monitoring/health.service.js';
import { Instance } from '../storage/instance.js';
import { AlertSender, type HealthPart } from './alert-sender.js';

const PARTS = ['store', 'windows', 'memory', 'processor', 'batches', 'errors', 'limits'] as const;

/** Intervals for which an instance leads. */
const LEAD_INTERVALS = 1.5;

export interface HealthJobReport {
  /** Epoch ms. */
  readonly at: number;
  readonly health: HealthReport;
  /** Parts whose status is another than the last time. */
  readonly changed: readonly string[];
}

/** Looks at the health from time to time; logs what changed, and tells it as an event, once. */
@Injectable()
export class HealthJob {
  private readonly logger = new Logger('NotificationHealth');
  private readonly last = new Map<string, HealthEntry['status']>();

  constructor(
    private readonly health: HealthService,
    private readonly events: NotificationEvents,
    private readonly alerts: AlertSender,
    private readonly instance: Instance,
    @Inject(NOTIFICATION_OPTIONS) private readonly options: Pick<ResolvedOptions, 'health'>,
  ) {}

  async runOnce(now: number): Promise<HealthJobReport> {
    const health = await this.health.report();
    const parts = this.partsOf(health);
    const changed: string[] = [];
    for (const { name, entry } of parts) {
      const { status, detail } = entry;
      const before = this.last.get(name) ?? 'ok';
      this.last.set(name, status);
      if (status === before) continue;
      changed.push(name);
      this.events.emit('healthChanged', { part: name, status, detail });
      if (status !== 'ok') this.logger.warn(`${name} is unhealthy: ${detail}`);
      else this.logger.log(`${name} has recovered: ${detail}`);
    }
    await this.tell(parts);
    return { at: now, health, changed };
  }

  /** One of the instances that share a store tells, of the store and of itself. */
  private async tell(parts: readonly HealthPart[]): Promise<void> {
    if (await this.leadsAlerts()) await this.alerts.tell(parts);
    else this.alerts.leave();
  }

  private async leadsAlerts(): Promise<boolean> {
    try {
      return await this.instance.leads('health alerts', this.options.health.intervalMs * LEAD_INTERVALS);
    } catch {
      // A store that does not answer has no leader, and keeps no alert either.
      return false;
    }
  }

  /** Every part, and those that were not well at the last look and that the report no longer has: nothing is wrong with them any more. */
  private partsOf({ channels, ...report }: HealthReport): readonly HealthPart[] {
    const parts: HealthPart[] = PARTS.map((name) => ({ name, entry: report[name] }));
    for (const [name, entry] of Object.entries(channels)) parts.push({ name: `channel ${name}`, entry });
    const names = new Set(parts.map(({ name }) => name));
    for (const name of this.last.keys()) if (!names.has(name)) parts.push({ name, entry: GONE });
    return parts;
  }
}

const GONE: HealthEntry = { status: 'ok', detail: 'there is nothing left to report' };
