import { Injectable, Logger } from '@nestjs/common';
import { NotificationEvents } from '../model/notification-events.js';

/** So many kinds of failures are told apart. */
const MOST_KINDS = 1_000;
const MESSAGE_CHARACTERS = 300;

/** Logs what listeners throw and what the engine met unexpectedly, each kind once; the stack stands at the level `debug`. */
@Injectable()
export class FailureLog {
  private readonly logger = new Logger('NotificationModule');
  private readonly known = new Set<string>();

  constructor(events: NotificationEvents) {
    events.on('listenerFailed', ({ event, listener, error }) =>
      this.log(`the listener ${listener} of the event ${event} failed`, error),
    );
    events.on('failed', ({ where, error }) => {
      // The work loop logs by itself that the store does not answer, once for each time that it stops answering.
      if (where !== 'processing') this.log(`unexpected failure (${where})`, error);
    });
  }

  private log(what: string, error: unknown): void {
    const kind = `${what} ${error instanceof Error ? error.name : typeof error}`;
    if (this.known.has(kind) || this.known.size >= MOST_KINDS) return;
    this.known.add(kind);
    this.logger.error(`${what}: ${lineOf(error)} (this is logged once)`);
    if (error instanceof Error) this.logger.debug(error.stack);
  }
}

function lineOf(error: unknown): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return text.replace(/\s+/g, ' ').slice(0, MESSAGE_CHARACTERS);
}
