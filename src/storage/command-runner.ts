import { Injectable } from '@nestjs/common';
import { Clock } from '../model/clock.js';
import { NotificationEvents } from '../model/notification-events.js';
import { NotificationStore } from './notification-store.js';
import { SliceSequence } from './slice-sequence.js';
import { type Slice } from './store-queries.js';
import { type Sliced } from './admin-records.js';

/** Rows that one slice may change: about 5 ms of the store. */
export const SLICE_ROWS = 150;
/** A command that is not done by then answers, and goes on in the background. */
export const ANSWER_AFTER_MS = 10_000;

/** What a command did when it answered, and whether it goes on. */
export interface CommandResult<Total> {
  readonly total: Total;
  /** It was not done after `ANSWER_AFTER_MS`; the rest is done in the background. */
  readonly more: boolean;
}

/** A command as the runner sees it. */
export interface SlicedCommand<Report, Total> {
  /** What it does, for the report of a failure, e.g. `flushing windows`. */
  readonly name: string;
  readonly step: (slice: Slice) => Promise<Sliced<Report>>;
  readonly start: Total;
  readonly add: (total: Total, report: Report) => Total;
}

/**
 * Runs the commands of an operator slice by slice. Between two slices the event loop turns, so that whatever is urgent goes
 * between them. The answer is what promises durability: the first slice, which is the only one of most commands, is durable by itself, and
 * the others wait for the disk together before the answer.
 */
@Injectable()
export class CommandRunner {
  private readonly background = new Set<Promise<void>>();
  private stopping = false;

  constructor(
    private readonly clock: Clock,
    private readonly events: NotificationEvents,
    private readonly store: NotificationStore,
  ) {}

  /** Resolves when the command is done, or after `ANSWER_AFTER_MS` with what was done until then. */
  async run<Report, Total>(command: SlicedCommand<Report, Total>): Promise<CommandResult<Total>> {
    return this.runUntil(command, this.clock.now() + ANSWER_AFTER_MS);
  }

  /** The same however long it takes. */
  async runToEnd<Report, Total>(command: SlicedCommand<Report, Total>): Promise<Total> {
    return (await this.runUntil(command, Infinity)).total;
  }

  /** Before the store closes: ends what goes on in the background after its present slice. */
  async stop(): Promise<void> {
    this.stopping = true;
    await Promise.all(this.background);
  }

  private async runUntil<Report, Total>(command: SlicedCommand<Report, Total>, answerAt: number): Promise<CommandResult<Total>> {
    const slices = this.slicesOf(command);
    let { start: total } = command;
    let count = 0;
    let more = false;
    for (let report = await slices.next(); report !== undefined; report = await slices.next()) {
      total = command.add(total, report);
      count++;
      more = this.clock.now() >= answerAt;
      if (more) break;
    }
    if (count > 1) await this.store.sync();
    if (more) this.goOn(command.name, slices);
    return { total, more };
  }

  private slicesOf<Report, Total>({ step }: SlicedCommand<Report, Total>): SliceSequence<Report> {
    return new SliceSequence((from) =>
      step({ limit: SLICE_ROWS, now: this.clock.now(), durable: from.cursor === undefined, ...from }),
    );
  }

  private goOn(name: string, slices: SliceSequence<unknown>): void {
    const rest = this.finish(slices)
      .catch((error: unknown) => this.events.emit('failed', { where: name, error }))
      .finally(() => this.background.delete(rest));
    this.background.add(rest);
  }

  private async finish(slices: SliceSequence<unknown>): Promise<void> {
    while (!this.stopping && (await slices.next()) !== undefined);
    await this.store.sync();
  }
}
