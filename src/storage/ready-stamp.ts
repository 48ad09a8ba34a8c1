import { type NotificationPriority } from '../model/notification.js';

/** How much later than its arrival a message of each priority is stamped, ms: how long it can be overtaken by `high`. */
export const PRIORITY_PENALTY_MS: Readonly<Record<NotificationPriority, number>> = {
  critical: 0,
  high: 0,
  normal: 60_000,
  low: 600_000,
};

/** What one message costs its flows, ms of their virtual time. */
export const TYPE_COST_MS = 10;
export const ADDRESS_COST_MS = 1_000;

const SWEEP_AT = 4_096;

/**
 * The place of a message in the ready queue, fixed when it becomes ready: lower goes first. This is the VirtualClock
 * discipline (L. Zhang, SIGCOMM 1990) over two flows a message, its type's and its address's, each within a priority:
 * a flow that floods runs its own virtual time ahead and stands behind the others, so nobody is starved.
 *
 * It ages by itself: a message stamped at `now` goes before every message of other flows that arrives later than
 * `now + PRIORITY_PENALTY_MS[priority] + lag`, where `lag` is how far its own flows were ahead of the clock.
 */
export class ReadyStamps {
  private readonly flows = new Map<string, number>();
  private sweepAt = SWEEP_AT;

  stamp(channel: string, type: string, address: string, priority: NotificationPriority, now: number): number {
    const byType = this.arrive(`${priority}\u0000${channel}\u0000t${type}`, TYPE_COST_MS, now);
    const byAddress = this.arrive(`${priority}\u0000${channel}\u0000a${address}`, ADDRESS_COST_MS, now);
    if (this.flows.size > this.sweepAt) this.sweep(now);
    return Math.max(byType, byAddress) + PRIORITY_PENALTY_MS[priority];
  }

  private arrive(flow: string, costMs: number, now: number): number {
    const at = Math.max(now, this.flows.get(flow) ?? now);
    this.flows.set(flow, at + costMs);
    return at;
  }

  /** A flow that the clock has caught up with is as good as new. */
  private sweep(now: number): void {
    for (const [flow, at] of this.flows) if (at <= now) this.flows.delete(flow);
    this.sweepAt = Math.max(SWEEP_AT, this.flows.size * 2);
  }
}
