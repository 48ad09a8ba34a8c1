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
  /** By priority and channel. */
  private readonly classes = new Map<string, ClassFlows>();
  /** Those asked for last: most of what comes together is of one kind. */
  private last: { readonly priority: string; readonly channel: string; readonly flows: ClassFlows } | undefined;

  /** @param changed is given the opposite of each change, and what to call it with */
  constructor(private readonly changed: Changed = () => undefined) {}

  stamp(channel: string, type: string, address: string, priority: NotificationPriority, now: number): number {
    const { types, addresses } = this.flowsOf(priority, channel);
    const at = Math.max(types.arrive(type, TYPE_COST_MS, now), addresses.arrive(address, ADDRESS_COST_MS, now));
    return at + PRIORITY_PENALTY_MS[priority];
  }

  private flowsOf(priority: NotificationPriority, channel: string): ClassFlows {
    const { last } = this;
    if (last?.priority === priority && last.channel === channel) return last.flows;
    const name = `${priority} ${channel}`;
    let flows = this.classes.get(name);
    if (flows === undefined) {
      flows = { types: new Flows(this.changed), addresses: new Flows(this.changed) };
      this.classes.set(name, flows);
    }
    this.last = { priority, channel, flows };
    return flows;
  }
}

interface ClassFlows {
  readonly types: Flows;
  readonly addresses: Flows;
}

type Changed = (undo: typeof setTime, times: Map<string, number>, flow: string, before: number | undefined) => void;

/** The virtual times of some flows. */
class Flows {
  private readonly times = new Map<string, number>();
  private sweepAt = SWEEP_AT;

  constructor(private readonly changed: Changed) {}

  arrive(flow: string, costMs: number, now: number): number {
    const before = this.times.get(flow);
    const at = Math.max(now, before ?? now);
    this.changed(setTime, this.times, flow, before);
    this.times.set(flow, at + costMs);
    if (this.times.size > this.sweepAt) this.sweep(now);
    return at;
  }

  /** A flow that the clock has caught up with is as good as new. */
  private sweep(now: number): void {
    for (const [flow, at] of this.times) if (at <= now) this.times.delete(flow);
    this.sweepAt = Math.max(SWEEP_AT, this.times.size * 2);
  }
}

function setTime(times: Map<string, number>, flow: string, at: number | undefined): void {
  if (at === undefined) times.delete(flow);
  else times.set(flow, at);
}
