import { type AggregationRule, type ResolvedOptions } from '../config/options.js';
import { dedupeKeyAt } from '../model/dedupe-path.js';
import { type NotificationContent } from '../model/notification.js';
import { type GroupBy, type OpeningRule, type Schedule, type WindowPolicy } from '../model/window.js';
import { MAX_WINDOW_COUNT } from '../config/limits.js';
import { BUILT_IN_RULES, SLACK_MAX_COUNT, sseRule } from './built-in-rules.js';
import { nextOccurrence } from './next-occurrence.js';

/** A sliding window without its own `maxWaitMs` stays open at most this many times its quiet period. */
const DEFAULT_MAX_WAIT_FACTOR = 4;
const DEFAULT_RENDER_LIMIT = 50;

/**
 * Which window a type gathers in on a channel. A rule of the host wins over every built-in one; among the host's the most
 * specific wins (type and channel, type, channel, neither), and of equals the first.
 */
export class AggregationRules {
  private readonly known = new Map<string, KnownRule>();
  private readonly criticalTypes: ReadonlySet<string>;
  private readonly occurrences = new WeakMap<Schedule, { readonly from: number; readonly next: number }>();
  /** The one asked for last: most of a batch is of one kind. */
  private last: { readonly type: string; readonly channel: string; readonly rule: KnownRule } | undefined;
  private own: readonly AggregationRule[];

  /** @param sse how in-app streams gather where no rule matches */
  constructor(
    private readonly options: ResolvedOptions['aggregation'],
    private readonly sse: ResolvedOptions['sse'],
  ) {
    this.criticalTypes = new Set(sse.criticalTypes);
    this.own = options.rules;
  }

  /** The host's rules that hold now. */
  get current(): readonly AggregationRule[] {
    return this.own;
  }

  /** From now on these hold instead of the host's configured ones; undefined goes back to those. */
  replace(rules: readonly AggregationRule[] | undefined): void {
    this.own = rules ?? this.options.rules;
    this.known.clear();
    this.last = undefined;
  }

  /** The window policy, or a burst limit's; undefined when nothing of the kind is gathered. */
  policy(type: string, channel: string): WindowPolicy | undefined {
    if (!this.options.enabled || (channel === 'sse' && this.isCritical(type))) return undefined;
    return this.knownRule(type, channel).policy;
  }

  /** The dedupe key that the rule of a notification takes from its content, for one that has none; undefined where no rule says so. */
  dedupeKeyOf(content: NotificationContent): string | undefined {
    const path = this.knownRule(content.type, content.channel).dedupeBy;
    return path === undefined ? undefined : dedupeKeyAt(path, content);
  }

  /** What a window of a type that opens at `at` is given; undefined when nothing of the kind is gathered. */
  opening(type: string, channel: string, at: number): OpeningRule | undefined {
    const policy = this.policy(type, channel);
    if (policy?.schedule === undefined) return policy && { policy };
    return { policy, dueAtIfOpened: this.nextOf(policy.schedule, at) };
  }

  /** In-app streams show these at once, whatever their priority. */
  isCritical(type: string): boolean {
    return this.criticalTypes.has(type);
  }

  /** A schedule's next time is the same until it has passed, so that it is not worked out for every notification. */
  private nextOf(schedule: Schedule, at: number): number {
    const known = this.occurrences.get(schedule);
    if (known !== undefined && known.from <= at && at < known.next) return known.next;
    const next = nextOccurrence(schedule, at);
    this.occurrences.set(schedule, { from: at, next });
    return next;
  }

  private knownRule(type: string, channel: string): KnownRule {
    const { last } = this;
    if (last?.type === type && last.channel === channel) return last.rule;
    const rule = this.workedOut(type, channel);
    this.last = { type, channel, rule };
    return rule;
  }

  private workedOut(type: string, channel: string): KnownRule {
    const key = `${channel} ${type}`;
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const rule = this.rule(type, channel);
    const worked = { policy: ofChannel(policyOf(rule), channel), dedupeBy: rule.dedupeBy };
    // Types are the callers': as many as they like, and each is worked out again at little cost.
    if (this.known.size >= 1_000) this.known.clear();
    this.known.set(key, worked);
    return worked;
  }

  private rule(type: string, channel: string): AggregationRule {
    const own = mostSpecific(this.own, type, channel);
    if (own !== undefined) return own;
    if (channel === 'sse') return sseRule(this.sse.batch);
    const { windowMs, maxCount } = this.options;
    const rule = mostSpecific(BUILT_IN_RULES, type, channel) ?? { windowMs, maxCount };
    return channel === 'slack' ? { ...rule, maxCount: Math.min(rule.maxCount, SLACK_MAX_COUNT) } : rule;
  }
}

/** What holds for a type on a channel. */
interface KnownRule {
  readonly policy: WindowPolicy | undefined;
  readonly dedupeBy: string | undefined;
}

/** What a channel makes of a policy: streams keep their order. */
function ofChannel(policy: WindowPolicy | undefined, channel: string): WindowPolicy | undefined {
  return policy !== undefined && channel === 'sse' ? { ...policy, ordered: true } : policy;
}

function mostSpecific(rules: readonly AggregationRule[], type: string, channel: string): AggregationRule | undefined {
  let best: AggregationRule | undefined;
  let bestRank = -1;
  for (const rule of rules) {
    if ((rule.type ?? type) !== type || (rule.channel ?? channel) !== channel) continue;
    const rank = (rule.type === undefined ? 0 : 2) + (rule.channel === undefined ? 0 : 1);
    if (rank > bestRank) {
      best = rule;
      bestRank = rank;
    }
  }
  return best;
}

function policyOf(rule: AggregationRule): WindowPolicy | undefined {
  if (rule.windowMs === 0) return rule.burst === undefined ? undefined : burstOf(rule, rule.burst);
  return {
    ...common(rule, 'type'),
    mode: rule.mode ?? 'fixed',
    windowMs: rule.windowMs,
    maxCount: rule.maxCount,
    maxWaitMs: rule.maxWaitMs ?? rule.windowMs * DEFAULT_MAX_WAIT_FACTOR,
    leadingCount: rule.leading === true ? 1 : 0,
    minCount: rule.minCount ?? 1,
    ...(rule.similarity === undefined || rule.similarity === 0 ? {} : { similarity: rule.similarity }),
    ...(rule.schedule === undefined ? {} : { schedule: rule.schedule }),
  };
}

/** A burst limit is a window that gathers what is beyond so many of an address, whatever their number. */
function burstOf(rule: AggregationRule, { perAddress, windowMs }: NonNullable<AggregationRule['burst']>): WindowPolicy {
  return {
    ...common(rule, 'none'),
    mode: 'fixed',
    windowMs,
    maxCount: MAX_WINDOW_COUNT,
    maxWaitMs: windowMs,
    leadingCount: perAddress,
    minCount: 1,
    burst: true,
  };
}

function common(rule: AggregationRule, groupBy: GroupBy): Pick<WindowPolicy, 'groupBy' | 'render'> {
  return {
    groupBy: rule.groupBy ?? groupBy,
    render: { limit: rule.render?.limit ?? DEFAULT_RENDER_LIMIT, keep: rule.render?.keep ?? 'priority' },
  };
}
