import { createHash } from 'node:crypto';
import { NotificationType } from '../model/notification.js';
import { type ChoiceSource, type Frequency, type Preferences, type Recipient } from '../model/recipient.js';
import { type RecipientPlan } from '../model/window.js';
import { type WindowView } from '../storage/notification-store.js';
import { addressOn } from './recipient-address.js';
import { type RecipientPlanner } from './recipient-planner.js';
import { type KnownRecipient } from './recipient-records.js';
import { type Replanned } from './replanning.js';

/** How often a type comes on a channel, and who decided that. */
export interface EffectiveChoice {
  /** Absent: every type that no other choice names. */
  readonly type: string;
  /** Absent: every channel that no other choice names. */
  readonly channel: string;
  /** How often what it names comes. */
  readonly frequency: Frequency;
  /** Who decided it. */
  readonly from: ChoiceSource;
  /** When one that is accepted now would come, ISO 8601; absent when it never comes. */
  readonly nextAt?: string;
}

/** A person as callers see them: addresses are masked. */
export interface RecipientView extends Omit<Recipient, 'preferences'> {
  /** As the person gave them. */
  readonly preferences: Preferences;
  /** Of the types that are built in, required or named by a choice, on the channels that reach the person. */
  readonly effective: readonly EffectiveChoice[];
  /** Changes with the preferences: what `ifMatch` takes. */
  readonly etag: string;
}

/** What a change of preferences did. */
export interface PreferencesChange {
  /** As they are now. */
  readonly preferences: Preferences;
  /** What the change did to what waits. */
  readonly replanned: Replanned;
  /** Of the preferences as they are now: `If-Match` of a further change. */
  readonly etag: string;
}

/** An open window of a person. */
export interface WaitingView
  extends Omit<WindowView, 'plan' | 'address' | 'burst' | 'maxCount'>, Omit<RecipientPlan, 'together'> {}

const MAX_EFFECTIVE = 500;

export function recipientView(
  known: KnownRecipient,
  planner: RecipientPlanner,
  channels: readonly string[],
  now: number,
): RecipientView {
  const { preferences = {}, addresses, ...rest } = known.recipient;
  const masked: Record<string, string> = {};
  for (const [channel, address] of Object.entries(addresses)) masked[channel] = maskedAddress(address);
  const reached = channels.filter((channel) => addressOn(known.recipient, channel) !== undefined);
  const effective = reached.flatMap((channel) => typesOf(known, planner).map((type) => planner.effective(type, channel, now)));
  return {
    ...rest,
    timeZone: rest.timeZone ?? 'UTC',
    addresses: masked,
    preferences,
    effective: effective.slice(0, MAX_EFFECTIVE).map(({ nextAt, ...one }) => ({
      ...one,
      ...(nextAt === undefined ? {} : { nextAt: new Date(nextAt).toISOString() }),
    })),
    etag: etagOf(preferences),
  };
}

export function waitingView({ plan, address: _address, burst: _burst, maxCount: _maxCount, ...window }: WindowView): WaitingView {
  const { together: _together, ...planned } = plan ?? { frequency: 'default', from: 'default' };
  return { ...window, ...planned };
}

/** An entity tag (RFC 9110 §8.8.3) of preferences. */
export function etagOf(preferences: Preferences): string {
  return `"${createHash('sha256').update(JSON.stringify(preferences)).digest('base64url').slice(0, 22)}"`;
}

/** Whether the header `If-Match` holds (RFC 9110 §13.1.1). */
export function matchesEtag(ifMatch: string, etag: string): boolean {
  return ifMatch.trim() === '*' || ifMatch.split(',').some((tag) => tag.trim() === etag);
}

/** Enough of an address for its owner to know it, and too little for anybody else: `a…@example.com`. */
function maskedAddress(address: string): string {
  const at = address.lastIndexOf('@');
  return at > 0 ? `${address.slice(0, 1)}…${address.slice(at)}` : `${address.slice(0, 2)}…`;
}

function typesOf({ recipient, tenant }: KnownRecipient, { requiredTypes }: RecipientPlanner): readonly string[] {
  const choices = [...(recipient.preferences?.choices ?? []), ...(tenant?.choices ?? [])];
  return [...new Set([...Object.values(NotificationType), ...requiredTypes, ...choices.flatMap(({ type }) => type ?? [])])];
}
