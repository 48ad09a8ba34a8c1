import { badCursor } from './page.js';

/** A backlog is cleared window by window, then message by message. */
type BacklogPhase = 'windows' | 'messages';

/** Where a slice of `clearBacklog` goes on; `cursor` is absent at the start of a phase. */
export function backlogPhase(cursor: string | undefined): { readonly phase: BacklogPhase; readonly cursor?: string } {
  if (cursor === undefined) return { phase: 'windows' };
  const [phase, rest] = cursor.split(':');
  if (phase !== 'windows' && phase !== 'messages') throw badCursor(cursor);
  return { phase, ...(rest === undefined ? {} : { cursor: rest }) };
}

/** The opposite of `backlogPhase`. */
export function backlogCursor(phase: BacklogPhase, cursor?: string): string {
  return cursor === undefined ? phase : `${phase}:${cursor}`;
}
