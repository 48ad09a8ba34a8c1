import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { BatchAggregationService } from '../aggregation/batch-aggregation.service.js';
import { type FlushResult } from '../aggregation/aggregation-results.js';
import { Clock } from '../model/clock.js';
import { InvalidRequestError } from '../model/errors.js';
import { CommandRunner } from '../storage/command-runner.js';
import { type ForgetReport, NotificationStore, type PruneReport } from '../storage/notification-store.js';
import { TransportRegistry } from '../transports/transport-registry.js';
import { STEP_ROWS } from './cleanup.job.js';

/** Clears up on request, besides what the jobs do by themselves. */
@Injectable()
export class MaintenanceService {
  constructor(
    private readonly store: NotificationStore,
    private readonly aggregation: BatchAggregationService,
    private readonly transports: TransportRegistry,
    private readonly commands: CommandRunner,
    private readonly clock: Clock,
  ) {}

  /**
   * Deletes what ended longer ago than `olderThanMs`; counts, idempotency keys and history stay.
   *
   * @throws InvalidRequestError for a negative age
   */
  async cleanup({ olderThanMs }: { readonly olderThanMs: number }): Promise<Pick<PruneReport, 'deliveries' | 'messages'>> {
    const finishedBefore = this.clock.now() - checkedAge('olderThanMs', olderThanMs);
    const total = { deliveries: 0, messages: 0 };
    for (let more = true; more;) {
      const report = await this.store.prune({ finishedBefore, keysBefore: 0, historyBefore: 0, limit: STEP_ROWS });
      total.deliveries += report.deliveries;
      total.messages += report.messages;
      more = report.more;
      await nextTurn();
    }
    return total;
  }

  /**
   * Sends the windows that opened longer ago than `maxAgeMs`; those that wait for a `sendAt` are left to it.
   *
   * @throws InvalidRequestError for a negative age
   */
  async flushStale(maxAgeMs: number): Promise<FlushResult> {
    return this.aggregation.flush({ openedBefore: this.clock.now() - checkedAge('maxAgeMs', maxAgeMs) });
  }

  /**
   * Erases what is stored of one address: what ended is deleted, what is pending ends as `cancelled` with the reason
   * `recipient_gone`. What is being sent is left, and counted as `sending`: call again once it has ended. The counts stay.
   * Mails to the address in the built-in mailbox, its Slack threads, and the address in the first answers to idempotency keys are erased too; the
   * report does not count them. An address that is suppressed stays so, known only by a hash.
   */
  async forget(channel: string, address: string): Promise<ForgetReport> {
    const wanted = this.transports.canonicalFilter({ channel, address }, ['channel', 'address']);
    const report = await this.commands.runToEnd<ForgetReport, ForgetReport>({
      name: 'erasing an address',
      step: (slice) => this.store.forget(channel, wanted.address, slice),
      start: { cancelled: 0, erased: 0, sending: 0 },
      add: (sum, { cancelled, erased, sending }) => ({
        cancelled: sum.cancelled + cancelled,
        erased: sum.erased + erased,
        sending: sum.sending + sending,
      }),
    });
    await this.transports.get(channel)?.forget?.(wanted.address);
    await this.store.suppressions.forget(channel, wanted.address);
    if (channel === 'email') await this.store.mailbox.forget(wanted.address);
    return report;
  }
}

function checkedAge(name: string, ms: number): number {
  if (Number.isFinite(ms) && ms >= 0) return ms;
  throw new InvalidRequestError([{ path: name, message: `got ${ms}; must be a number of milliseconds, at least 0` }]);
}
