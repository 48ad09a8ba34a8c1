import { Injectable, Logger } from '@nestjs/common';
import { NotificationEvents } from '../model/notification-events.js';
import { type HealthEntry } from '../monitoring/health-indicators.js';
import { type HealthReport, HealthService } from '../monitoring/health.service.js';

const PARTS = ['store', 'windows', 'memory', 'batches', 'errors', 'limits'] as const;

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
  ) {}

  async runOnce(now: number): Promise<HealthJobReport> {
    const health = await this.health.report();
    const changed: string[] = [];
    for (const [name, { status, detail }] of entriesOf(health)) {
      const before = this.last.get(name) ?? 'ok';
      this.last.set(name, status);
      if (status === before) continue;
      changed.push(name);
      this.events.emit('healthChanged', { part: name, status, detail });
      if (status !== 'ok') this.logger.warn(`${name} is not well: ${detail}`);
      else this.logger.log(`${name} is well again: ${detail}`);
    }
    return { at: now, health, changed };
  }
}

function entriesOf({ channels, ...report }: HealthReport): readonly (readonly [string, HealthEntry])[] {
  const ofChannels = Object.entries(channels).map(([name, entry]) => [`channel ${name}`, entry] as const);
  return [...PARTS.map((part) => [part, report[part]] as const), ...ofChannels];
}
