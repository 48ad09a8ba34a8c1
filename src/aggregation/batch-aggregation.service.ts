import { Inject, Injectable } from '@nestjs/common';
import { type AggregationRule, NOTIFICATION_OPTIONS, type ResolvedOptions } from '../config/options.js';
import { parseRules } from '../config/rule-parser.js';
import { MessageRenderer } from '../formatting/message-renderer.js';
import { Clock } from '../model/clock.js';
import { ConflictError, InvalidRequestError, NotFoundError } from '../model/errors.js';
import { NotificationEvents } from '../model/notification-events.js';
import { type Notification } from '../model/notification.js';
import { shapeAtClose } from '../model/decisions/closing.js';
import { type CloseReason } from '../model/window.js';
import { CommandRunner } from '../storage/command-runner.js';
import { Instance } from '../storage/instance.js';
import { fullPage } from '../storage/full-page.js';
import {
  type ClosedWindow,
  NotificationStore,
  type KnownSnapshot,
  type Page,
  type WindowFilter,
  type WindowQuery,
  type WindowView,
} from '../storage/notification-store.js';
import { WINDOW_FILTER_FIELDS, WINDOW_QUERY_FIELDS } from '../storage/store-queries.js';
import { StoreSnapshots } from '../storage/store-snapshots.js';
import { TransportRegistry } from '../transports/transport-registry.js';
import { AggregationRules } from './aggregation-rules.js';
import {
  type AggregationStatistics,
  type ApplyRulesResult,
  type FlushResult,
  type WindowPreview,
} from './aggregation-results.js';
import { formsOf } from './message-forms.js';

const RULES = 'aggregation rules';
const MAX_MESSAGE_IDS = 10_000;

/** Steers and shows the windows. */
@Injectable()
export class BatchAggregationService {
  private readonly closed = new Map<CloseReason, number>();
  private deliveries = 0;
  private messages = 0;
  private readonly bursts = { messages: 0, deliveries: 0 };
  private totalOpenMs = 0;
  private maxOpenMs = 0;
  /** Of the setting whose rules hold. */
  private rulesVersion: number | undefined;

  constructor(
    private readonly store: NotificationStore,
    private readonly snapshots: StoreSnapshots,
    private readonly rules: AggregationRules,
    private readonly transports: TransportRegistry,
    private readonly renderer: MessageRenderer,
    private readonly clock: Clock,
    private readonly commands: CommandRunner,
    private readonly events: NotificationEvents,
    private readonly instance: Instance,
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

  /**
   * Closes matching windows now; those that wait for a `sendAt` are left to it. A window that opens later is left alone. After
   * 10 s it answers with `more` and goes on in the background.
   */
  async flush(filter: WindowFilter = {}): Promise<FlushResult> {
    const wanted = this.transports.canonicalFilter(filter, WINDOW_FILTER_FIELDS);
    const messageIds: string[] = [];
    const { total, more } = await this.commands.run({
      name: 'flushing windows',
      step: (slice) => this.store.flush(wanted, 'flush', slice),
      start: 0,
      add: (count, { closed }) => {
        for (const { messageId } of closed) if (messageIds.length < MAX_MESSAGE_IDS) messageIds.push(messageId);
        return count + closed.length;
      },
    });
    return { flushed: total, messageIds, ...(more ? { more } : {}) };
  }

  /** Closes every open window, and sends what gathered in it. Windows that wait for a `sendAt` stay open. */
  async flushAll(): Promise<FlushResult> {
    return this.flush();
  }

  /** The host's rules that hold now: those of `setRules`, or else the configured ones. */
  getRules(): readonly AggregationRule[] {
    return this.rules.current;
  }

  /**
   * Replaces the host's rules, durably: from here windows open by them, also after a restart. Open windows keep theirs; see
   * `applyRules`. Undefined goes back to the configured ones.
   *
   * @throws InvalidRequestError naming every wrong field
   */
  async setRules(rules: readonly AggregationRule[] | undefined): Promise<readonly AggregationRule[]> {
    const parsed = rules === undefined ? undefined : this.checked(rules);
    await this.store.state.set(RULES, parsed === undefined ? undefined : JSON.stringify(parsed));
    this.rules.replace(parsed);
    return this.rules.current;
  }

  /** Keeps to the rules of `setRules`, those of other instances too, once the store is open. */
  async restoreRules(): Promise<void> {
    this.store.state.watch(RULES, () => void this.refreshRules());
    this.instance.onBeat(() => this.refreshRules());
    await this.readRules();
  }

  private async refreshRules(): Promise<void> {
    try {
      await this.readRules();
    } catch (error) {
      this.events.emit('failed', { where: 'reading the rules of windows', error });
    }
  }

  private async readRules(): Promise<void> {
    const { version, value } = await this.store.state.setting(RULES);
    if (version === this.rulesVersion) return;
    this.rulesVersion = version;
    this.rules.replace(value === undefined ? undefined : (JSON.parse(value) as readonly AggregationRule[]));
  }

  /**
   * Applies the rules that hold now to the windows that are open; those that are full or due by them close. After 10 s it
   * answers with `more` and goes on in the background.
   */
  async applyRules(): Promise<ApplyRulesResult> {
    const { total, more } = await this.commands.run({
      name: 'applying rules to windows',
      step: (slice) => this.store.applyRules((type, channel, at) => this.rules.opening(type, channel, at), slice),
      start: { closed: 0, changed: 0, unchanged: 0 },
      add: (sum, { closed, changed, unchanged }) => ({
        closed: sum.closed + closed.length,
        changed: sum.changed + changed,
        unchanged: sum.unchanged + unchanged,
      }),
    });
    return { ...total, ...(more ? { more } : {}) };
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
    const messages = await formsOf(this.renderer, message, shape);
    return { messageId, channel: message.channel, address: message.address, count: entries.length, shape, messages };
  }

  /** Open windows, oldest first. A page of a search (`q`) may hold fewer than its limit, even none, and still have a `next`. */
  async inspect(query: WindowQuery = {}): Promise<Page<WindowView>> {
    return fullPage(this.transports.canonicalFilter(query, WINDOW_QUERY_FIELDS), (part) => this.store.windows(part));
  }

  /** @throws StoreFailedError before the module is initialised, and after it was closed */
  getStatistics(): AggregationStatistics {
    return this.statisticsOf(this.snapshots.now());
  }

  /** The same of a snapshot that the caller has already, so that its figures agree. */
  statisticsOf({ asOf, windows }: Pick<KnownSnapshot, 'asOf' | 'windows'>): AggregationStatistics {
    const { deliveries, messages } = this;
    return {
      asOf,
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
