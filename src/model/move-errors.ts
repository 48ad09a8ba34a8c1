import { NotificationError } from './errors.js';

/** The store was moved to another one, or another one is being moved into it: see `npx nestjs-digest move`. */
export class StoreMovedError extends NotificationError {
  /** @param move how far it is: of the store that is moved, or of the one that it goes to */
  constructor(place: string, move: { readonly role: 'source' | 'target'; readonly state: string; readonly peer: string }) {
    super('store_moved', 503, `the store ${place} ${movedText(move)}`);
  }
}

function movedText({ role, state, peer }: { readonly role: string; readonly state: string; readonly peer: string }): string {
  if (role === 'source' && state === 'moved') return `was moved to ${peer}. Use that one (STORE_URL, store.url)`;
  if (role === 'source') return `is being moved to ${peer}. Let the command end: npx nestjs-digest move goes on where it stopped`;
  if (state === 'given_up') return `has a part of ${peer}, whose move was given up. It is left as it is; use another one`;
  return `is not complete: ${peer} is being moved into it. Let the command end: npx nestjs-digest move goes on where it stopped`;
}

/** A store cannot be moved as it was asked for; nothing was changed. */
export class MoveRefusedError extends NotificationError {
  constructor(message: string) {
    super('conflict', 409, message);
  }
}
