import { Inject, Injectable, Logger } from '@nestjs/common';
import { NOTIFICATION_OPTIONS, type ResolvedOptions } from '../config/options.js';
import { NotificationEvents } from '../model/notification-events.js';
import { EventLoopDelay } from '../monitoring/event-loop-delay.js';
import { type HealthEntry } from '../monitoring/health-indicators.js';
import { type HealthReport, HealthService } from '../monitoring/health.service.js';
import { Instance } from '../storage/instance.js';
import { AlertSender, type HealthPart } from './alert-sender.js';

const PARTS = ['store', 'windows', 'memory', 'eventLoop', 'processor', 'batches', 'errors', 'limits'] as const;
/** Between the name of a part and the name of the instance that it is of, when several share a store. Neither has a space. */
const OF = ' of ';

/** Intervals for which an instance leads. */
const LEAD_INTERVALS = 1.5;

interface HealthJobReport {
  /** Epoch ms. */
  readonly at: number;
  readonly health: HealthReport;
  /** Parts whose status is another than the last time. */
  readonly changed: readonly string[];
}

/**
 * Looks at the health from time to time; logs what changed, and tells it as an event and an alert, once. Of the instances that share a store one, the
 * leader, tells of the store, and of instances that are gone; each tells of itself, with its name.
 */
@Injectable()
export class HealthJob {
  private readonly logger = new Logger('NotificationHealth');
  private readonly last = new Map<string, HealthEntry>();

  constructor(
    private readonly health: HealthService,
    private readonly delay: EventLoopDelay,
    private readonly events: NotificationEvents,
    private readonly alerts: AlertSender,
    private readonly instance: Instance,
    @Inject(NOTIFICATION_OPTIONS) private readonly options: Pick<ResolvedOptions, 'health'>,
  ) {}

  async runOnce(now: number): Promise<HealthJobReport> {
    const health = await this.health.report();
    this.delay.forget();
    const leads = await this.leads();
    const parts = this.partsOf(health);
    const ours = parts.filter(({ entry }) => leads || entry.scope !== 'store');
    const changed = this.changed(parts);
    for (const { name, entry } of ours) {
      if (!changed.has(name)) continue;
      const { status, detail } = entry;
      this.events.emit('healthChanged', { part: name, status, detail });
      if (status !== 'ok') this.logger.warn(`${name} is unhealthy: ${detail}`);
      else this.logger.log(`${name} has recovered: ${detail}`);
    }
    await this.tell(ours, leads);
    return { at: now, health, changed: [...changed] };
  }

  private async tell(parts: readonly HealthPart[], leads: boolean): Promise<void> {
    if (!this.instance.shared) return this.alerts.tell(parts);
    const named = parts.map(({ name, entry }) => ({ name: entry.scope === 'store' ? name : this.nameOfOurs(name), entry }));
    const living = new Set((await this.living()) ?? []);
    await this.alerts.tell(named, (name) => {
      const at = name.lastIndexOf(OF);
      if (at < 0) return leads;
      const instance = name.slice(at + OF.length);
      return instance === this.instance.name || (leads && living.size > 0 && !living.has(instance));
    });
  }

  private nameOfOurs(part: string): string {
    return `${part}${OF}${this.instance.name}`;
  }

  /** Undefined when the store does not answer. */
  private async living(): Promise<readonly string[] | undefined> {
    return this.instance.all().then(
      (instances) => instances.map(({ name }) => name),
      () => undefined,
    );
  }

  private async leads(): Promise<boolean> {
    try {
      return await this.instance.leads('health alerts', this.options.health.intervalMs * LEAD_INTERVALS);
    } catch {
      // A store that does not answer has no leader, and stores no alert either.
      return false;
    }
  }

  /** The names of parts whose status is another one than at the last look. */
  private changed(parts: readonly HealthPart[]): ReadonlySet<string> {
    const changed = new Set<string>();
    for (const { name, entry } of parts) {
      if (entry.status !== (this.last.get(name)?.status ?? 'ok')) changed.add(name);
      this.last.set(name, entry);
    }
    return changed;
  }

  /** Every part, and those that were unhealthy at the last look and that the report no longer has: nothing is wrong with them any more. */
  private partsOf({ channels, ...report }: HealthReport): readonly HealthPart[] {
    const parts: HealthPart[] = PARTS.map((name) => ({ name, entry: report[name] }));
    for (const [name, entry] of Object.entries(channels)) parts.push({ name: `channel ${name}`, entry });
    const names = new Set(parts.map(({ name }) => name));
    for (const [name, { scope }] of this.last) {
      if (!names.has(name)) parts.push({ name, entry: scope === undefined ? GONE : { ...GONE, scope } });
    }
    return parts;
  }
}

const GONE: HealthEntry = { status: 'ok', detail: 'there is nothing left to report' };
