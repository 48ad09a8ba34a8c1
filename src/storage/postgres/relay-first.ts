import { type Slice, type Sliced } from '../notification-store.js';
import { rowCursor, sliceCursor } from '../slice-cursor.js';

/** What waits to be relayed. */
export interface Intake {
  /** The last that waits; undefined when none does. */
  newest(): Promise<number | undefined>;
  /** Relays some of those up to one; returns whether there may be more. */
  relay(until: number): Promise<boolean>;
}

/** Begins the cursors of a command that relays what it must not miss. */
const INTAKE = 'intake:';

/**
 * A slice of a command that covers what applications accepted in transactions of theirs, too: what is committed and waits when the command begins is
 * relayed by its first slices.
 *
 * @param nothing the report of a slice that only relayed
 * @param step a slice of the command itself
 */
export async function relayedFirst<Report>(
  intake: Intake,
  slice: Slice,
  nothing: Report,
  step: (slice: Slice) => Promise<Sliced<Report>>,
): Promise<Sliced<Report>> {
  const { cursor, ...rest } = slice;
  const isRelaying = cursor?.startsWith(INTAKE) === true;
  if (cursor !== undefined && !isRelaying) return step(slice);
  const until = isRelaying ? rowCursor(cursor.slice(INTAKE.length))[1] : await intake.newest();
  if (until === undefined) return step(rest);
  const more = await intake.relay(until);
  return more ? { ...nothing, next: INTAKE + sliceCursor(0, until) } : step(rest);
}
