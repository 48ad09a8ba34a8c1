import { randomUUID } from 'node:crypto';
import { type ArrivalPlan, delayedName } from '../model/decisions/arrival-plan.js';
import { type PlannedWindow, type PlanSubject, type RecipientWindow, type Replanner } from '../model/decisions/plan-change.js';
import { floorOf, quietUntil, timesAtOpening } from '../model/decisions/window-times.js';
import { type Route } from '../model/delivery.js';
import { isOwnMail } from '../model/email-fields.js';
import { type CancelReason } from '../model/failure.js';
import { type NotificationContent } from '../model/notification.js';
import { type Recipient, type TenantChoices } from '../model/recipient.js';
import { type OpeningRule, type OpeningRules, type RecipientPlan } from '../model/window.js';
import { dueByFrequency } from './due-time.js';
import { Hold, type HeldTime } from './hold.js';
import { type PlannedPolicies } from './planned-policy.js';
import { decidePreference, type PreferenceDecision } from './preference-decision.js';
import { addressOn } from './recipient-address.js';
import { zoneClock, type ZoneClock } from './zone-clock.js';

/** What planning depends on besides the recipient. */
export interface PlanningRules {
  /** The option `recipients.required`. */
  readonly required: ReadonlySet<string>;
  /** The application's rules of aggregation. */
  readonly opening: OpeningRules;
  readonly policies: PlannedPolicies;
  /** How what is not gathered goes: by its priority and channel. */
  readonly routeOf: (content: Pick<NotificationContent, 'priority' | 'channel'>, aggregates: boolean) => Route;
}

/** A delivery that comes, and how often. */
type Coming = Extract<PreferenceDecision, { comes: true }>;

/** Decisions that are remembered of one recipient. */
const MAX_DECISIONS = 200;

/**
 * Plans the messages of one recipient by their preferences as they are now. Whether a delivery comes and when it comes are decided apart: see
 * `decidePreference`, and `due = f(openedAt, preferences)`, which is `dueByFrequency` and `Hold`.
 */
export class RecipientPlanner implements Replanner {
  /** The preferences changed since: what it planned must be planned again. */
  isStale = false;
  private readonly clock: ZoneClock;
  private readonly hold: Hold;
  private readonly decisions = new Map<string, PreferenceDecision>();

  /** @param isUnplanned the directory did not answer: nothing is known of the recipient */
  constructor(
    readonly recipient: Recipient,
    private readonly tenant: TenantChoices | undefined,
    private readonly rules: PlanningRules,
    readonly isUnplanned = false,
  ) {
    this.clock = zoneClock(recipient.timeZone ?? 'UTC');
    this.hold = new Hold(recipient.preferences ?? {}, this.clock);
  }

  /** Types that nobody can turn off. */
  get requiredTypes(): ReadonlySet<string> {
    return this.rules.required;
  }

  /** The preferences as they are: what is decided for a type on a channel. */
  decide({ type, channel, groupKey }: PlanSubject): PreferenceDecision {
    const key = `${channel} ${type} ${groupKey === undefined || !this.mutes(groupKey) ? '' : 'muted'}`;
    const known = this.decisions.get(key);
    if (known !== undefined) return known;
    const { required } = this.rules;
    const { preferences } = this.recipient;
    const decision = decidePreference({ type, channel, groupKey }, { preferences, tenant: this.tenant, required });
    if (this.decisions.size >= MAX_DECISIONS) this.decisions.clear();
    this.decisions.set(key, decision);
    return decision;
  }

  cancels(subject: PlanSubject): CancelReason | undefined {
    if (this.isUnplanned) return undefined;
    if (addressOn(this.recipient, subject.channel) === undefined) return 'no_address';
    const decision = this.decide(subject);
    return decision.comes ? undefined : decision.reason;
  }

  /** What becomes of a delivery that is accepted now. */
  arrival(content: NotificationContent, now: number): ArrivalPlan {
    const { type, channel, groupKey, priority, afterMs } = content;
    const reason = this.cancels({ type, channel, groupKey });
    const decision = this.decide({ type, channel, groupKey });
    const { policies, routeOf } = this.rules;
    if (reason !== undefined || !decision.comes) {
      return { action: 'cancel', reason: reason ?? 'preference', route: routeOf(content, false) };
    }
    const direct = policies.direct(this.planOf(decision));
    if (priority === 'critical') return { action: 'plan', route: 'immediate', direct, isHeld: false };
    const notBefore = content.sendAt !== undefined && content.sendAt > now ? content.sendAt : undefined;
    const isOwn = isOwnMail(content);
    const found = isOwn ? undefined : this.ruleFor(decision, type, channel, now);
    // What waits for being read elsewhere is neither counted nor held by a burst limit.
    const rule = afterMs !== undefined && found?.policy.burst === true ? undefined : found;
    const hold = this.holdOn(channel);
    const isHeld = hold.holdsAt(now);
    const floor = afterMs === undefined ? -Infinity : (notBefore ?? now) + afterMs;
    const wanted = this.wantedAt(decision, rule, now, now, notBefore);
    const time = hold.timeOf(Math.max(wanted, floor), now);
    const isLater = hold.timeOf(wanted, now).dueAt < floor;
    const isTimed = decision.frequency !== 'immediate' && decision.frequency !== 'default';
    const gathers = isTimed || (rule !== undefined && (rule.policy.burst !== true || !isHeld));
    const route = routeOf(content, gathers && rule?.policy.burst !== true);
    if (!gathers && time.dueAt <= now) return { action: 'plan', route, direct, isHeld: false };
    const policy = policies.window(this.planOf(decision, time), rule, isHeld, afterMs);
    const isAlone = isOwn || (!gathers && (time.dueAt === notBefore || time.dueAt === floor));
    const apart = isAlone ? randomUUID() : isLater && !isTimed && afterMs !== undefined ? delayedName(afterMs) : undefined;
    const slides = policy.mode === 'sliding' && policy.schedule === undefined && notBefore === undefined;
    return {
      action: 'plan',
      route,
      rule: { policy, dueAtIfOpened: time.dueAt },
      direct,
      isHeld,
      ...(apart === undefined ? {} : { alone: apart }),
      ...(slides ? { restartsUntil: (openedAt: number) => hold.timeOf(quietUntil(policy, openedAt, now), now).dueAt } : {}),
    };
  }

  windowOf(window: RecipientWindow, types: readonly string[], lastAt: number, now: number): PlannedWindow {
    const { channel, groupKey, openedAt, notBefore } = window;
    const hold = this.holdOn(channel);
    const isHeld = hold.holdsAt(now);
    const plans = types.flatMap((type) => {
      const decision = this.decide({ type, channel, groupKey });
      if (!decision.comes) return [];
      const rule = this.ruleFor(decision, type, channel, openedAt);
      const wanted = this.wantedAt(decision, rule, openedAt, lastAt, notBefore);
      const time = hold.timeOf(Math.max(wanted, floorOf(window)), now);
      const { burst, afterMs } = window.policy;
      const kept = burst === rule?.policy.burst ? rule : burst === true ? { policy: window.policy } : undefined;
      const policy = this.rules.policies.window(this.planOf(decision, time), kept, isHeld, afterMs);
      return [{ policy, dueAt: time.dueAt, isHeld }];
    });
    // Of entries that are due at different times the first one sends all.
    const [first, ...others] = plans;
    if (first === undefined) return { policy: window.policy, dueAt: Math.max(now, window.dueAt), isHeld };
    return others.reduce((least, one) => (one.dueAt < least.dueAt ? one : least), first);
  }

  /** How often a type comes on a channel, who decided that, and when one that is accepted now would come, epoch ms; undefined: never. */
  effective(type: string, channel: string, now: number) {
    const decision = this.decide({ type, channel });
    if (!decision.comes) return { type, channel, frequency: 'off' as const, from: decision.from };
    const rule = this.ruleFor(decision, type, channel, now);
    const { dueAt } = this.holdOn(channel).timeOf(this.wantedAt(decision, rule, now, now, undefined), now);
    return { type, channel, frequency: decision.frequency, from: decision.from, nextAt: dueAt };
  }

  /** The application's rule where a window may follow it: by default, and its burst limit also for what is immediate. */
  private ruleFor({ frequency }: Coming, type: string, channel: string, openedAt: number): OpeningRule | undefined {
    if (frequency !== 'default' && frequency !== 'immediate') return undefined;
    const rule = this.rules.opening(type, channel, openedAt);
    return frequency === 'default' || rule?.policy.burst === true ? rule : undefined;
  }

  /** When a window is due only by its frequency, epoch ms. */
  private wantedAt(
    { frequency }: Coming,
    rule: OpeningRule | undefined,
    openedAt: number,
    lastAt: number,
    notBefore: number | undefined,
  ): number {
    if (frequency === 'default' || frequency === 'immediate') {
      if (rule === undefined) return notBefore ?? openedAt;
      const { plannedAt } = timesAtOpening(rule, openedAt, notBefore);
      const slides = rule.policy.mode === 'sliding' && rule.policy.schedule === undefined && notBefore === undefined;
      return slides ? Math.max(plannedAt, quietUntil(rule.policy, openedAt, lastAt)) : plannedAt;
    }
    const due = dueByFrequency(frequency, openedAt, this.clock, this.recipient.preferences ?? {});
    return Math.max(due, notBefore ?? -Infinity);
  }

  /** Nothing rings in an in-app stream. */
  private holdOn(channel: string): Hold {
    return channel === 'sse' ? Hold.none : this.hold;
  }

  private planOf({ frequency, from, together }: Coming, { heldBy }: Partial<HeldTime> = {}): RecipientPlan {
    return {
      frequency,
      from,
      ...(heldBy === undefined ? {} : { heldBy }),
      ...(together ? { together } : {}),
      ...(this.isUnplanned ? { unplanned: true } : {}),
    };
  }

  private mutes(groupKey: string): boolean {
    return this.recipient.preferences?.mutedKeys?.includes(groupKey) === true;
  }
}

/** Plans for somebody whom the directory does not know: nothing comes. */
export class GonePlanner extends RecipientPlanner {
  override cancels(): CancelReason {
    return 'recipient_gone';
  }
}
