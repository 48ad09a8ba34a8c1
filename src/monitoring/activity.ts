import { increase } from './increase.js';
import { Injectable } from '@nestjs/common';
import { Clock } from '../model/clock.js';
import { type FailureReason } from '../model/failure.js';
import { type NotificationEventMap, NotificationEvents } from '../model/notification-events.js';
import { batchSizeClass } from '../model/batch-sizes.js';
import { Histogram } from './histogram.js';
import { Rate } from './rate.js';

type Batch = NotificationEventMap['batchFinished'][0];
type Outcome = Batch['messages'][number]['outcome'];

/** What was sent since the start, over all channels or on one. */
export class BatchActivity {
  readonly sizes = new Map<string, number>();
  readonly duration = new Histogram();
  /** Deliveries by how their try ended. */
  readonly outcomes = new Map<Outcome, number>();
  readonly reasons = new Map<FailureReason, number>();
  /** Deliveries whose attempt ended, and those whose attempt failed, in the last minute. */
  readonly tried = new Rate();
  readonly failed = new Rate();
  batches = 0;
  messages = 0;
  deliveries = 0;
  /** When an attempt was taken last, epoch ms. */
  lastSuccessAt: number | undefined;
  /** When an attempt failed last, epoch ms, and why. */
  lastFailure: { readonly at: number; readonly reason: FailureReason } | undefined;

  add(batch: Batch, now: number): void {
    if (batch.size > 0) {
      this.batches += 1;
      this.messages += batch.size;
      increase(this.sizes, batchSizeClass(batch.size), 1);
      this.duration.add(batch.durationMs);
    }
    for (const message of batch.messages) {
      this.deliveries += message.count;
      increase(this.outcomes, message.outcome, message.count);
      if (message.outcome === 'released' || message.outcome === 'cancelled') continue;
      this.tried.add(message.count, now);
      if (message.outcome === 'delivered') this.lastSuccessAt = now;
      else this.onFailure(message, now);
      if (message.reason !== undefined) increase(this.reasons, message.reason, message.count);
    }
  }

  /** Whether a larger part of the last minute's attempts failed than `errorRate`; without one in that time, whether the last one did. */
  isFailing(now: number, errorRate: number): boolean {
    const attempts = this.tried.total(now);
    if (attempts > 0) return this.failed.total(now) / attempts > errorRate;
    return (this.lastFailure?.at ?? 0) > (this.lastSuccessAt ?? 0);
  }

  private onFailure({ count, reason }: Batch['messages'][number], now: number): void {
    this.failed.add(count, now);
    this.lastFailure = { at: now, reason: reason ?? 'internal' };
  }
}

/** Listens to what happens and keeps figures of a bounded size, since the start of the process. */
@Injectable()
export class Activity {
  readonly startedAt: number;
  readonly all = new BatchActivity();
  readonly byChannel = new Map<string, BatchActivity>();
  /** From due to delivered, by delivery, ms. */
  readonly latency = new Histogram();
  readonly accepted = new Rate();
  readonly delivered = new Rate();
  duplicates = 0;
  refused = 0;

  constructor(
    events: NotificationEvents,
    private readonly clock: Clock,
  ) {
    this.startedAt = clock.now();
    events.on('accepted', (event) => this.onAccepted(event));
    events.on('batchFinished', (batch) => this.onBatch(batch));
  }

  private onAccepted({ rows, duplicates, refused }: NotificationEventMap['accepted'][0]): void {
    this.duplicates += duplicates;
    this.refused += refused;
    const count = rows.reduce((sum, row) => sum + row.count, 0);
    if (count > 0) this.accepted.add(count, this.clock.now());
  }

  private onBatch(batch: Batch): void {
    const now = this.clock.now();
    this.all.add(batch, now);
    let ofChannel = this.byChannel.get(batch.channel);
    if (ofChannel === undefined) {
      ofChannel = new BatchActivity();
      this.byChannel.set(batch.channel, ofChannel);
    }
    ofChannel.add(batch, now);
    for (const message of batch.messages) {
      if (message.outcome !== 'delivered') continue;
      this.latency.add(message.latencyMs, message.count);
      this.delivered.add(message.count, now);
    }
  }
}
