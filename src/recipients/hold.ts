import { type HeldBy, type Preferences } from '../model/recipient.js';
import { timestampOf } from '../model/timestamp.js';
import { isOpen, openingAt } from './opening-hours.js';
import { type ZoneClock } from './zone-clock.js';

/** When a message is due, and what it waits for until then. */
export interface HeldTime {
  /** Epoch ms. */
  readonly dueAt: number;
  /** Undefined: it is due at once. */
  readonly heldBy?: HeldBy;
}

/** A recipient's hours and mute: when messages may come. */
export class Hold {
  /** What never waits: an in-app stream, in which nothing rings. */
  static readonly none = new Hold({}, undefined);
  private readonly hours: NonNullable<Preferences['hours']>;
  private readonly mutedUntil: number;

  /** @param clock undefined: there are no hours */
  constructor(
    { hours = [], mutedUntil }: Pick<Preferences, 'hours' | 'mutedUntil'>,
    private readonly clock: ZoneClock | undefined,
  ) {
    this.hours = clock === undefined ? [] : hours;
    this.mutedUntil = mutedUntil === undefined ? -Infinity : (timestampOf(mutedUntil) ?? -Infinity);
  }

  /** Whether it holds nothing, ever. */
  get isEmpty(): boolean {
    return this.hours.length === 0 && this.mutedUntil === -Infinity;
  }

  /** Whether nothing but what is critical may come at `at`. */
  holdsAt(at: number): boolean {
    return at < this.mutedUntil || (this.clock !== undefined && !isOpen(this.hours, this.clock, at));
  }

  /** The first time at or after `at` at which messages may come, epoch ms. */
  releaseAt(at: number): number {
    const muted = Math.max(at, this.mutedUntil);
    return this.clock === undefined ? muted : openingAt(this.hours, this.clock, muted);
  }

  /**
   * When something is due that would be so at `dueAt` by its frequency.
   *
   * @param now it is never due before
   */
  timeOf(dueAt: number, now: number): HeldTime {
    const wanted = Math.max(dueAt, now);
    const unmuted = Math.max(wanted, this.mutedUntil);
    const opened = this.releaseAt(wanted);
    if (opened > unmuted) return { dueAt: opened, heldBy: 'hours' };
    if (unmuted > wanted) return { dueAt: opened, heldBy: 'mute' };
    return wanted > now ? { dueAt: opened, heldBy: 'frequency' } : { dueAt: opened };
  }
}
