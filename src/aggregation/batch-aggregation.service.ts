import { Injectable } from '@nestjs/common';
import { Clock } from '../model/clock.js';
import { NotificationEvents } from '../model/notification-events.js';
import { type Notification } from '../model/notification.js';
import { type CloseReason } from '../model/window.js';
import {
  type ClosedWindow,
  NotificationStore,
  type Page,
  type WindowFilter,
  type WindowQuery,
  type WindowView,
} from '../storage/notification-store.js';
import { AggregationRules } from './aggregation-rules.js';

/** What aggregation did since the start, and what gathers now. */
export interface AggregationStatistics {
  readonly open: number;
  /** Deliveries that gather. */
  readonly items: number;
  /** Age of the oldest open window, ms. */
  readonly oldestAgeMs?: number;
  readonly closed: Readonly<Partial<Record<CloseReason, number>>>;
  /** Deliveries of the windows that closed, and the windows that held any. */
  readonly deliveries: number;
  readonly messages: number;
  /** By how much the messages are fewer than the deliveries, 0..1. */
  readonly reduction: number;
  /** How long a window gathered, ms. */
  readonly timeInBufferMs: { readonly average: number; readonly max: number };
}

/** Steers and shows the windows. */
@Injectable()
export class BatchAggregationService {
  private readonly closed = new Map<CloseReason, number>();
  private deliveries = 0;
  private messages = 0;
  private totalOpenMs = 0;
  private maxOpenMs = 0;

  constructor(
    private readonly store: NotificationStore,
    private readonly rules: AggregationRules,
    private readonly clock: Clock,
    private readonly events: NotificationEvents,
  ) {
    events.on('windowsClosed', ({ windows }) => this.count(windows));
  }

  /** Whether a notification like this would gather in a window. */
  shouldAggregate(notification: Pick<Notification, 'type' | 'channel' | 'priority'>): boolean {
    return notification.priority !== 'critical' && this.rules.policy(notification.type, notification.channel) !== undefined;
  }

  /** Closes matching windows now; returns how many. Windows that wait for a `sendAt` are left to it. */
  async flush(filter: WindowFilter = {}): Promise<number> {
    const windows = await this.store.flush(filter, 'flush', this.clock.now());
    if (windows.length > 0) this.events.emit('windowsClosed', { windows });
    return windows.length;
  }

  async flushAll(): Promise<number> {
    return this.flush();
  }

  /** Open windows, oldest first, a page at a time. */
  async inspect(query: WindowQuery = {}): Promise<Page<WindowView>> {
    return this.store.windows(query);
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
      timeInBufferMs: { average: messages === 0 ? 0 : this.totalOpenMs / messages, max: this.maxOpenMs },
    };
  }

  private count(windows: readonly ClosedWindow[]): void {
    for (const { reason, count, openMs } of windows) {
      this.closed.set(reason, (this.closed.get(reason) ?? 0) + 1);
      if (count === 0) continue;
      this.deliveries += count;
      this.messages++;
      this.totalOpenMs += openMs;
      this.maxOpenMs = Math.max(this.maxOpenMs, openMs);
    }
  }
}
