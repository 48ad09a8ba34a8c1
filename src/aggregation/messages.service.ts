import { Injectable } from '@nestjs/common';
import { MessageRenderer } from '../formatting/message-renderer.js';
import { shapeAtClose } from '../model/decisions/closing.js';
import { type DeliveryState, type DeliveryView } from '../model/delivery.js';
import { NotFoundError } from '../model/errors.js';
import { type FailureReason } from '../model/failure.js';
import { type WindowPolicy } from '../model/window.js';
import { type MessageRecord, NotificationStore } from '../storage/notification-store.js';
import { iso } from '../storage/stored-views.js';
import { type WindowPreview } from './aggregation-results.js';
import { formsOf } from './message-forms.js';

/** One attempt of a message, as far as it is known. */
export interface MessageAttempt {
  /** ISO 8601. */
  readonly at: string;
  /** How it ended. */
  readonly outcome: 'delivered' | 'failed';
  /** Why it failed; absent when it succeeded. */
  readonly reason?: FailureReason;
  /** What the receiver answered, or why it could not be asked; absent where it says nothing. */
  readonly answer?: string;
}

/** A message with all that is known of it. Times are ISO 8601. */
export interface MessageView {
  /** The same at every attempt. */
  readonly messageId: string;
  /** The channel that it is sent on. */
  readonly channel: string;
  /** Where it is sent on that channel; `user:ID` for a recipient. */
  readonly address: string;
  /** The type of its deliveries; that of the first one where a window gathers several types. */
  readonly type: string;
  /** The state that its deliveries have, but for those that ended on their own. */
  readonly state: DeliveryState;
  /** Deliveries in it. */
  readonly count: number;
  /** What its window was opened by; absent for a direct message. */
  readonly rule?: WindowPolicy;
  /** When its window opened; when it was accepted, for a direct message. */
  readonly openedAt: string;
  /** When it closes; only while it gathers. */
  readonly dueAt?: string;
  /** When and why it closed: `count`, `time`, `flush`, `pressure`, `shutdown`, `rules_changed`; absent for a direct message. */
  readonly closedAt?: string;
  /** See `closedAt`. */
  readonly closedBy?: string;
  /** The newest 500, those that ended on their own included, in the order of acceptance. */
  readonly deliveries: readonly DeliveryView[];
  /** Attempts so far; `attempts` lists the last 20 that failed, and the one that succeeded. */
  readonly attemptCount: number;
  /** The oldest first; see `attemptCount`. */
  readonly attempts: readonly MessageAttempt[];
  /** What it looks like in each of its forms; of a message with more deliveries than are listed, made of those. */
  readonly messages: WindowPreview['messages'];
}

/** Shows single messages. */
@Injectable()
export class MessagesService {
  constructor(
    private readonly store: NotificationStore,
    private readonly renderer: MessageRenderer,
  ) {}

  /** @throws NotFoundError */
  async message(messageId: string): Promise<MessageView> {
    const record = await this.store.message(messageId);
    if (record === undefined) throw new NotFoundError('this message');
    const { message, state, count, deliveries, dueAt, closed } = record;
    const { policy, entries } = message;
    const shape = state === 'gathering' && policy !== undefined ? shapeAtClose(policy, count) : 'digest';
    return {
      messageId: message.messageId,
      channel: message.channel,
      address: message.address,
      type: message.type,
      state,
      count,
      ...(policy === undefined ? {} : { rule: policy }),
      openedAt: iso(message.openedAt),
      ...(dueAt === undefined ? {} : { dueAt: iso(dueAt) }),
      ...(closed === undefined ? {} : { closedAt: iso(closed.at), closedBy: closed.by }),
      deliveries,
      attemptCount: record.attempts,
      attempts: attemptsOf(record),
      messages: entries.length === 0 ? [] : await formsOf(this.renderer, message, shape),
    };
  }
}

function attemptsOf({ errors, state, updatedAt, answer }: MessageRecord): readonly MessageAttempt[] {
  const failed = errors.map(({ at, reason, message }) => ({ at, outcome: 'failed' as const, reason, answer: message }));
  if (state !== 'delivered') return failed;
  return [...failed, { at: iso(updatedAt), outcome: 'delivered', ...(answer === undefined ? {} : { answer }) }];
}
