import { nextSequence } from '../../model/decisions/sequence.js';
import { type Database } from './database.js';

/** Gives messages that were delivered the next numbers of their channel, in this order. */
export function number(db: Database, channel: string, messages: readonly number[], now: number): void {
  let { last } = numbersOf(db, channel);
  for (const id of messages) {
    last = nextSequence(last, now);
    db.sql('UPDATE message SET sequence = ? WHERE id = ?').run(last, id);
  }
  db.sql('INSERT INTO sequence (channel, last) VALUES (?, ?) ON CONFLICT DO UPDATE SET last = excluded.last').run(channel, last);
}

/** Says that a number's message is no longer there. */
export function notePruned(db: Database, channel: string, sequence: number): void {
  db.sql('UPDATE sequence SET pruned = max(pruned, ?) WHERE channel = ?').run(sequence, channel);
}

/** The last number that a channel gave, and the greatest whose message was pruned; 0 where there is none. */
export function numbersOf(db: Database, channel: string): { readonly last: number; readonly pruned: number } {
  const row = db.sql('SELECT last, pruned FROM sequence WHERE channel = ?').get(channel);
  return { last: Number(row?.['last'] ?? 0), pruned: Number(row?.['pruned'] ?? 0) };
}
