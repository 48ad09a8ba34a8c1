import { type ServerResponse } from 'node:http';
import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';
import { Clock, type TimerHandle } from '../../model/clock.js';
import { HealthService } from '../../monitoring/health.service.js';
import { StatisticsService } from '../../monitoring/statistics.service.js';

const INTERVAL_MS = 2_000;
/** Health is asked for with each so manieth frame. */
const FRAMES_PER_HEALTH = 5;
const RETRY_MS = 2_000;
/** A page that reads nothing is left to come back. */
const MAX_UNREAD_BYTES = 256 * 1024;

/** Gives the open dashboards the statistics and the health; made once for all of them, and not at all when there is none. */
@Injectable()
export class DashboardFeed implements BeforeApplicationShutdown {
  private readonly pages = new Set<ServerResponse>();
  private timer: TimerHandle | undefined;
  private closing = false;
  private frames = 0;
  private health = '';

  constructor(
    private readonly statistics: StatisticsService,
    private readonly healthOf: HealthService,
    private readonly clock: Clock,
  ) {}

  add(response: ServerResponse): void {
    if (this.closing) {
      response.destroy();
      return;
    }
    response.writeHead(200, {
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-cache, no-transform',
      'X-Accel-Buffering': 'no',
    });
    response.write(`retry: ${RETRY_MS}\n\n${this.health}`);
    this.pages.add(response);
    response.once('close', () => this.pages.delete(response));
    this.timer ??= this.clock.setTimer(0, () => void this.publish());
  }

  beforeApplicationShutdown(): void {
    this.closing = true;
    this.timer?.cancel();
    for (const page of this.pages) page.end();
  }

  private async healthFrame(): Promise<string> {
    const report = await this.healthOf.report();
    this.health = `event: health\ndata: ${JSON.stringify({ ...report, at: this.clock.now() })}\n\n`;
    return this.health;
  }

  /** The next page gets the health of its own time. */
  private forget(): void {
    this.frames = 0;
    this.health = '';
  }

  private async publish(): Promise<void> {
    const health = this.frames++ % FRAMES_PER_HEALTH === 0 ? await this.healthFrame() : '';
    try {
      const frame = `${health}event: stats\ndata: ${JSON.stringify(await this.statistics.statistics())}\n\n`;
      for (const page of this.pages) {
        if (page.writableLength > MAX_UNREAD_BYTES) page.destroy();
        else page.write(frame);
      }
    } catch {
      // A store that does not answer is health's to tell; the page keeps what it has.
      for (const page of this.pages) page.write(health === '' ? ':\n\n' : health);
    }
    if (this.pages.size === 0) this.forget();
    const goesOn = this.pages.size > 0 && !this.closing;
    this.timer = goesOn ? this.clock.setTimer(INTERVAL_MS, () => void this.publish()) : undefined;
  }
}
