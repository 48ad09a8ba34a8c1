import { Injectable, Logger } from '@nestjs/common';
import { Clock, type TimerHandle } from '../model/clock.js';
import { type NotificationEvent, NotificationEvents } from '../model/notification-events.js';

/** What dies within this time is one line. */
const SUMMED_MS = 60_000;

/** Logs what died, and why: the first at once, and what follows within a minute in one line, however much it is. */
@Injectable()
export class DeadLetterLog {
  private readonly logger = new Logger('NotificationModule');
  /** Deliveries by channel and reason that no line told of. */
  private readonly untold = new Map<string, number>();
  private timer: TimerHandle | undefined;

  constructor(
    events: NotificationEvents,
    private readonly clock: Clock,
  ) {
    events.on('batchFinished', (batch) => this.add(batch), 'DeadLetterLog');
  }

  /** Tells what is left to tell. Idempotent. */
  stop(): void {
    this.timer?.cancel();
    this.timer = undefined;
    this.tell('more', 'died');
  }

  private add({ channel, messages }: NotificationEvent<'batchFinished'>): void {
    for (const { outcome, reason = 'internal', count } of messages) {
      if (outcome !== 'dead') continue;
      const kind = `${channel} ${reason}`;
      this.untold.set(kind, (this.untold.get(kind) ?? 0) + count);
    }
    if (this.timer !== undefined || this.untold.size === 0) return;
    this.tell('', 'died');
    this.wait();
  }

  private wait(): void {
    this.timer = this.clock.setTimer(SUMMED_MS, () => {
      this.timer = undefined;
      if (this.untold.size === 0) return;
      this.tell('', 'died in the last minute');
      this.wait();
    });
  }

  private tell(more: string, died: string): void {
    const kinds = [...this.untold].toSorted(([, a], [, b]) => b - a);
    this.untold.clear();
    const count = kinds.reduce((sum, [, part]) => sum + part, 0);
    if (count === 0) return;
    const what = [count, more, count === 1 ? 'delivery' : 'deliveries', died].filter((part) => part !== '').join(' ');
    this.logger.warn(`${what}: ${kinds.map(([kind, part]) => `${part} ${kind}`).join(', ')}`);
  }
}
