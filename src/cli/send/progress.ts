import type { Clock } from '../../model/clock.js';
import { type CommandContext } from '../command.js';
import { shown } from '../table.js';

const BAR_CHARACTERS = 20;
/** Longest line that is shown; one that wraps could not be replaced. */
const MAX_CHARACTERS = 100;

/** One line on a terminal that is written over. Elsewhere nothing is shown. */
export class Progress {
  private readonly startedAt: number;
  private isShown = false;

  constructor(
    private readonly clock: Clock,
    private readonly context: Pick<CommandContext, 'complain' | 'showsProgress'>,
  ) {
    this.startedAt = clock.now();
  }

  /** @param part 0..1 */
  static bar(part: number): string {
    const full = Math.round(BAR_CHARACTERS * Math.min(1, part));
    return `[${'='.repeat(full)}${' '.repeat(BAR_CHARACTERS - full)}] ${Math.floor(100 * Math.min(1, part))} %`;
  }

  /** Since the start. */
  perSecond(count: number): number {
    return Math.round((count * 1000) / Math.max(1, this.clock.now() - this.startedAt));
  }

  show(text: string): void {
    if (!this.context.showsProgress) return;
    this.isShown = true;
    this.context.complain(`\r\u001b[K${shown(text).slice(0, MAX_CHARACTERS)}`);
  }

  clear(): void {
    if (this.isShown) this.context.complain('\r\u001b[K');
    this.isShown = false;
  }
}
