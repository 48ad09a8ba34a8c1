import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type FailureReason } from '../model/failure.js';
import { NotificationEvents } from '../model/notification-events.js';
import { ManualClock } from '../testing.js';
import { DeadLetterLog } from './dead-letter-log.js';

describe('DeadLetterLog', () => {
  let events: NotificationEvents;
  let clock: ManualClock;
  let log: DeadLetterLog;
  let lines: string[];

  beforeEach(() => {
    events = new NotificationEvents();
    clock = new ManualClock(0);
    lines = [];
    Logger.overrideLogger({ log: () => undefined, error: () => undefined, warn: (line: string): unknown => lines.push(line) });
    log = new DeadLetterLog(events, clock);
  });
  afterEach(() => {
    Logger.overrideLogger(false);
  });

  /** A batch of which so many deliveries each ended for a reason, or were delivered. */
  function batch(channel: string, ...ended: readonly (readonly [number, FailureReason | undefined])[]): void {
    const messages = ended.map(([count, reason], index) => ({
      messageId: String(index),
      address: 'a',
      type: 'x',
      count,
      outcome: reason === undefined ? ('delivered' as const) : ('dead' as const),
      ...(reason === undefined ? {} : { reason }),
      latencyMs: 0,
      bufferMs: 0,
    }));
    events.emit('batchFinished', { channel, lane: 'normal', size: messages.length, durationMs: 1, messages });
  }

  it('tells of the first at once, and of what follows once a minute, the most first', () => {
    batch('email', [5, undefined]);
    expect(lines).toEqual([]);
    batch('email', [2, 'address_rejected']);
    expect(lines).toEqual(['2 deliveries died: 2 email address_rejected']);
    for (let i = 0; i < 30; i++) batch('webhook', [1, 'timed_out'], [3, undefined]);
    batch('email', [40, 'content_rejected']);
    expect(lines).toHaveLength(1);
    clock.advance(60_000);
    expect(lines[1]).toBe('70 deliveries died in the last minute: 40 email content_rejected, 30 webhook timed_out');
    clock.advance(60_000);
    batch('email', [1, 'address_rejected']);
    expect(lines[2]).toBe('1 delivery died: 1 email address_rejected');
  });

  it('tells what is left when it stops, once, and sets no timer any more', () => {
    batch('email', [1, 'address_rejected']);
    batch('email', [2, 'address_rejected']);
    log.stop();
    log.stop();
    clock.advance(120_000);
    expect(lines.slice(1)).toEqual(['2 more deliveries died: 2 email address_rejected']);
  });
});
