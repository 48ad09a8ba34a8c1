import { Inject, Injectable } from '@nestjs/common';
import { type AggregationRule, NOTIFICATION_OPTIONS, type ResolvedOptions } from '../config/options.js';
import { parseRules } from '../config/rule-parser.js';
import { FormatterRegistry } from '../formatting/formatter-registry.js';
import { Clock } from '../model/clock.js';
import { ConflictError, InvalidRequestError, NotFoundError } from '../model/errors.js';
import { type Failure } from '../model/failure.js';
import { type ClaimedMessage, type MessageEntry } from '../model/message.js';
import { NotificationEvents } from '../model/notification-events.js';
import { type Notification } from '../model/notification.js';
import { type CloseShape, shapeAtClose } from '../model/decisions/closing.js';
import { type CloseReason } from '../model/window.js';
import {
  type ClosedWindow,
  NotificationStore,
  type Page,
  type ReplanReport,
  type WindowFilter,
  type WindowQuery,
  type WindowView,
} from '../storage/notification-store.js';
import { TransportRegistry } from '../transports/transport-registry.js';
import { AggregationRules } from './aggregation-rules.js';

/** What aggregation did since the start, and what gathers now. */
export interface AggregationStatistics {
  readonly open: number;
  /** Deliveries that gather. */
  readonly items: number;
  /** Age of the oldest open window, ms. */
  readonly oldestAgeMs?: number;
  readonly closed: Readonly<Partial<Record<CloseReason, number>>>;
  /** Deliveries of the windows that closed, and those windows. */
  readonly deliveries: number;
  readonly messages: number;
  /** By how much the messages are fewer than the deliveries, 0..1. */
  readonly reduction: number;
  /** Digests of what was beyond a burst limit, and the deliveries in them. */
  readonly bursts: { readonly messages: number; readonly deliveries: number };
  /** How long a window gathered, ms. */
  readonly timeInBufferMs: { readonly average: number; readonly max: number };
}

/** What an open window would send if it closed now. */
export interface WindowPreview {
  readonly messageId: string;
  readonly channel: string;
  readonly address: string;
  /** Deliveries in it. */
  readonly count: number;
  /** One digest, or each delivery on its own (`minCount`). */
  readonly shape: CloseShape;
  /** What the channel's formatter makes of it, in all its forms (subject, text and HTML of a mail, say). */
  readonly messages: readonly ({ readonly count: number } & ({ readonly content: unknown } | { readonly failure: Failure }))[];
}

const RULES = 'aggregation rules';

/** Steers and shows the windows. */
@Injectable()
export class BatchAggregationService {
  private readonly closed = new Map<CloseReason, number>();
  private deliveries = 0;
  private messages = 0;
  private readonly bursts = { messages: 0, deliveries: 0 };
  private totalOpenMs = 0;
  private maxOpenMs = 0;

  constructor(
    private readonly store: NotificationStore,
    private readonly rules: AggregationRules,
    private readonly transports: TransportRegistry,
    private readonly formatters: FormatterRegistry,
    private readonly clock: Clock,
    private readonly events: NotificationEvents,
    @Inject(NOTIFICATION_OPTIONS) private readonly options: Pick<ResolvedOptions, 'defaults'>,
  ) {
    events.on('windowsClosed', ({ windows }) => this.count(windows));
  }

  /** Whether a notification like this would gather in a window. */
  shouldAggregate(notification: Pick<Notification, 'type' | 'channel' | 'priority'>): boolean {
    if (notification.priority === 'critical') return false;
    const channel = notification.channel ?? this.options.defaults.channel;
    if (channel === undefined) return false;
    const policy = this.rules.policy(notification.type, channel);
    return policy !== undefined && policy.burst !== true;
  }

  /** Closes matching windows now; returns how many. Windows that wait for a `sendAt` are left to it. */
  async flush(filter: WindowFilter = {}): Promise<number> {
    const windows = await this.store.flush(this.transports.canonicalFilter(filter), 'flush', this.clock.now());
    if (windows.length > 0) this.events.emit('windowsClosed', { windows });
    return windows.length;
  }

  async flushAll(): Promise<number> {
    return this.flush();
  }

  /** The host's rules that hold now: those of `setRules`, or else the configured ones. */
  getRules(): readonly AggregationRule[] {
    return this.rules.current;
  }

  /**
   * Replaces the host's rules, durably: from here windows open by them, also after a restart. Open windows keep theirs; see
   * `replan`. Undefined goes back to the configured ones.
   *
   * @throws InvalidRequestError naming every wrong field
   */
  async setRules(rules: readonly AggregationRule[] | undefined): Promise<readonly AggregationRule[]> {
    const parsed = rules === undefined ? undefined : this.checked(rules);
    await this.store.saveSetting(RULES, parsed === undefined ? undefined : JSON.stringify(parsed));
    this.rules.replace(parsed);
    return this.rules.current;
  }

  /** Brings back the rules of `setRules`, once the store is open. */
  async restoreRules(): Promise<void> {
    const saved = await this.store.setting(RULES);
    if (saved !== undefined) this.rules.replace(JSON.parse(saved) as readonly AggregationRule[]);
  }

  /** Applies the rules that hold now to the windows that are open. */
  async replan(): Promise<ReplanReport> {
    const report = await this.store.replan((type, channel, at) => this.rules.opening(type, channel, at), this.clock.now());
    if (report.closed.length > 0) this.events.emit('windowsClosed', { windows: report.closed });
    return report;
  }

  /**
   * What would be sent if the window closed now, as its channel's formatter makes it.
   *
   * @throws NotFoundError, ConflictError when it is no longer open
   */
  async preview(messageId: string): Promise<WindowPreview> {
    const message = await this.store.preview(messageId);
    if (message === undefined) {
      if ((await this.store.windowState(messageId)) === 'unknown') throw new NotFoundError(`window ${messageId}`);
      throw new ConflictError(`window ${messageId} is no longer open`);
    }
    const { entries, policy } = message;
    const shape = policy === undefined ? 'digest' : shapeAtClose(policy, entries.length);
    const sent = shape === 'digest' ? [message] : entries.map((entry) => alone(message, entry));
    const messages = sent.map((one) => {
      const result = this.formatters.format(one);
      return 'content' in result
        ? { count: one.entries.length, content: result.content }
        : { count: one.entries.length, failure: result.failure };
    });
    return { messageId, channel: message.channel, address: message.address, count: entries.length, shape, messages };
  }

  /** Open windows, oldest first, a page at a time. */
  async inspect(query: WindowQuery = {}): Promise<Page<WindowView>> {
    return this.store.windows(this.transports.canonicalFilter(query));
  }

  async getStatistics(): Promise<AggregationStatistics> {
    const { windows } = await this.store.snapshot();
    const { deliveries, messages } = this;
    return {
      open: windows.open,
      items: windows.items,
      ...(windows.oldestAt === undefined ? {} : { oldestAgeMs: Math.max(0, this.clock.now() - windows.oldestAt) }),
      closed: Object.fromEntries(this.closed),
      deliveries,
      messages,
      reduction: deliveries === 0 ? 0 : 1 - messages / deliveries,
      bursts: { ...this.bursts },
      timeInBufferMs: { average: messages === 0 ? 0 : this.totalOpenMs / messages, max: this.maxOpenMs },
    };
  }

  private checked(rules: unknown): readonly AggregationRule[] {
    const problems: string[] = [];
    const parsed = parseRules(rules, problems, 'rules');
    parsed.forEach(({ channel }, index) => {
      if (channel === undefined || this.transports.get(channel) !== undefined) return;
      problems.push(
        `rules[${index}].channel: got ${JSON.stringify(channel)}; it must be ${this.transports.channels().join(', ')}`,
      );
    });
    if (problems.length === 0) return parsed;
    throw new InvalidRequestError(
      problems.map((problem) => {
        const colon = problem.indexOf(': ');
        return { path: problem.slice(0, colon), message: problem.slice(colon + 2) };
      }),
    );
  }

  private count(windows: readonly ClosedWindow[]): void {
    for (const { reason, count, openMs, burst } of windows) {
      if (burst) {
        this.bursts.messages++;
        this.bursts.deliveries += count;
      }
      this.closed.set(reason, (this.closed.get(reason) ?? 0) + 1);
      this.deliveries += count;
      this.messages++;
      this.totalOpenMs += openMs;
      this.maxOpenMs = Math.max(this.maxOpenMs, openMs);
    }
  }
}

function alone(message: ClaimedMessage, entry: MessageEntry): ClaimedMessage {
  const { type, priority } = entry.content;
  return { ...message, type, priority, entries: [entry] };
}
