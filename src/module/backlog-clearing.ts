import { Inject, Injectable, Logger } from '@nestjs/common';
import { NOTIFICATION_OPTIONS, type ResolvedOptions } from '../config/options.js';
import { Clock } from '../model/clock.js';
import { CommandRunner } from '../storage/command-runner.js';
import { Instance } from '../storage/instance.js';
import { NotificationStore } from '../storage/notification-store.js';
import { SILENT_MS } from '../storage/store-upkeep.js';

/** Instances that start within this time after an outage start together, ms. */
const START_TOGETHER_MS = 60_000;
/** Time between two looks of an instance that waits for another one to clear the backlog, ms. */
const LOOK_EVERY_MS = 500;
const LEAD = 'clearing the backlog';
/** The setting that stores when the backlog was cleared last, epoch ms. */
const CLEARED_AT = 'backlog cleared at';

/**
 * Deals with what fell due too long ago while nothing ran, as `BACKLOG_POLICY` says, before anything of it is sent: once for an outage, also when
 * several instances start together and the one that does it dies.
 */
@Injectable()
export class BacklogClearing {
  private readonly logger = new Logger('NotificationModule');

  constructor(
    private readonly store: NotificationStore,
    private readonly instance: Instance,
    private readonly commands: CommandRunner,
    private readonly clock: Clock,
    @Inject(NOTIFICATION_OPTIONS) private readonly options: Pick<ResolvedOptions, 'backlog'>,
  ) {}

  /** Once the store is open, and before the processor starts; resolves when the backlog is cleared, by this instance or another one. */
  async run(): Promise<void> {
    if (this.options.backlog.policy === 'send') return;
    if (!this.instance.shared) return this.clear();
    const startedAt = this.clock.now();
    while (!(await this.isCleared(startedAt))) {
      if (!(await this.instance.leads(LEAD, SILENT_MS))) {
        await this.nextLook();
        continue;
      }
      await this.clear();
      await this.store.state.set(CLEARED_AT, String(this.clock.now()));
    }
  }

  /** Another instance did it since the outage, or ran all the time, so that nothing fell behind. */
  private async isCleared(startedAt: number): Promise<boolean> {
    const together = startedAt - START_TOGETHER_MS;
    if (Number((await this.store.state.get(CLEARED_AT)) ?? 0) > together) return true;
    return (await this.instance.others()).some((other) => other.startedAt <= together);
  }

  private async clear(): Promise<void> {
    const { policy, maxAgeMs } = this.options.backlog;
    if (policy === 'send') return;
    const now = this.clock.now();
    const { deliveries, messages } = await this.commands.runToEnd({
      name: LEAD,
      step: async (slice) => {
        await this.instance.leads(LEAD, SILENT_MS);
        return this.store.clearBacklog(policy, now - maxAgeMs, slice);
      },
      start: { deliveries: 0, messages: 0 },
      add: (sum, { collapsed, expired, messages: made }) => ({
        deliveries: sum.deliveries + collapsed + expired,
        messages: sum.messages + made,
      }),
    });
    if (deliveries === 0) return;
    const done = policy === 'expire' ? 'expired' : `were collapsed to ${messages} digests`;
    this.logger.warn(`${deliveries} deliveries fell due more than BACKLOG_MAX_AGE_MS=${maxAgeMs} ago and ${done}`);
  }

  private nextLook(): Promise<void> {
    return new Promise((resolve) => void this.clock.setTimer(LOOK_EVERY_MS, resolve));
  }
}
