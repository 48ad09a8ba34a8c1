import { type Choice, type Preferences, type PreferencesPatch, type TenantChoices } from '../model/recipient.js';
import { type UnsubscribeScope } from '../model/unsubscribe-token.js';
import { decidePreference, mostSpecific } from './preference-decision.js';
import { mergePreferences } from './preference-merge.js';

/** Whose subscriptions on one channel, and who else has a say. */
export interface Subscriber {
  readonly channel: string;
  readonly preferences: Preferences;
  readonly tenant: TenantChoices | undefined;
  readonly required: ReadonlySet<string>;
}

/** Whether a type comes, and whether the person may choose that. */
export interface Subscription {
  readonly type: string;
  readonly isOn: boolean;
  /** Who decides instead of the person. */
  readonly fixedBy?: 'required' | 'tenant';
}

/** The frequencies that a page offers. */
export const OFFERED_FREQUENCIES = ['default', 'immediate', 'hourly', 'daily', 'weekly'] as const;
export type OfferedFrequency = (typeof OFFERED_FREQUENCIES)[number];

type PatchedChoice = NonNullable<PreferencesPatch['choices']>[number];

export function subscriptionTo(type: string, { channel, preferences, tenant, required }: Subscriber): Subscription {
  const isOn = decidePreference({ type, channel }, { preferences, tenant, required }).comes;
  if (required.has(type)) return { type, isOn, fixedBy: 'required' };
  const locked = mostSpecific(tenant?.choices.filter((choice) => choice.locked === true) ?? [], { type, channel });
  return { type, isOn, ...(locked === undefined ? {} : { fixedBy: 'tenant' }) };
}

/** How often everything comes on the channel, as far as the person chose; `keep`: by a choice that the page does not offer. */
export function channelFrequency({ channel, preferences }: Subscriber): OfferedFrequency | 'keep' {
  const frequency = ownChoice(preferences, channel)?.frequency ?? 'default';
  if (frequency === 'off') return 'default';
  return OFFERED_FREQUENCIES.find((offered) => offered === frequency) ?? 'keep';
}

/** What the link of a mail turns off: its types, or the choice by which they came together. */
export function unsubscribing({ types }: UnsubscribeScope, { channel, preferences }: Subscriber): readonly PatchedChoice[] {
  if (types !== '*') return types.map((type) => ({ type, channel, frequency: 'off' }));
  const together = (preferences.choices ?? []).filter(
    (choice) => choice.together === true && (choice.channel ?? channel) === channel && choice.frequency !== 'off',
  );
  const off = together.map(({ type }): PatchedChoice => ({ ...(type === undefined ? {} : { type }), channel, frequency: 'off' }));
  return off.length === 0 ? [{ channel, frequency: 'off' }] : off;
}

/** Turns off everything on the channel: all of these types, and what may come besides. */
export function turningAllOff(types: readonly string[], { channel }: Subscriber): readonly PatchedChoice[] {
  return [{ channel, frequency: 'off' }, ...types.map((type): PatchedChoice => ({ type, channel, frequency: 'off' }))];
}

/**
 * The choices that bring about what a person asked for; none where nothing is to be changed.
 *
 * @param shown the types that the person could choose
 * @param wanted those of them that are to come
 * @param frequency how often all types come that no choice names; undefined: as it is
 */
export function choosing(
  subscriber: Subscriber,
  shown: readonly string[],
  wanted: ReadonlySet<string>,
  frequency: OfferedFrequency | undefined,
): readonly PatchedChoice[] {
  const { channel } = subscriber;
  const paced = frequency === undefined ? [] : pacing(subscriber, frequency);
  const now = { ...subscriber, preferences: mergePreferences(subscriber.preferences, { choices: paced }) };
  const switched = shown.flatMap((type): readonly PatchedChoice[] => {
    const { fixedBy } = subscriptionTo(type, subscriber);
    const { isOn } = subscriptionTo(type, now);
    if (fixedBy !== undefined || isOn === wanted.has(type)) return [];
    if (isOn) return [{ type, channel, frequency: 'off' }];
    const removed: PatchedChoice = { type, channel, frequency: null };
    const without = { ...now, preferences: mergePreferences(now.preferences, { choices: [removed] }) };
    return [subscriptionTo(type, without).isOn ? removed : { type, channel, frequency: 'default' }];
  });
  return [...paced, ...switched];
}

/** The person's choices that a link may show and change. */
export function choicesOn(channel: string, { choices = [] }: Preferences): readonly Choice[] {
  return choices.filter((choice) => choice.channel === channel);
}

/** Brings back the choices of a channel as they were. */
export function restoring(before: readonly Choice[], { channel, preferences }: Subscriber): readonly PatchedChoice[] {
  const kept = new Set(before.map(({ type }) => type));
  const added = choicesOn(channel, preferences).filter(({ type }) => !kept.has(type));
  return [
    ...added.map(({ type }): PatchedChoice => ({ ...(type === undefined ? {} : { type }), channel, frequency: null })),
    ...before,
  ];
}

/** A choice that was off stays off, unless a type is turned on by itself. */
function pacing(subscriber: Subscriber, frequency: OfferedFrequency): readonly PatchedChoice[] {
  const { channel, preferences } = subscriber;
  if (frequency === channelFrequency(subscriber)) return [];
  const own = ownChoice(preferences, channel);
  const together = own?.together === true ? { together: true } : {};
  const isPlain = frequency === 'default' && own?.channel === channel && own.together !== true;
  return [isPlain ? { channel, frequency: null } : { channel, frequency, ...together }];
}

function ownChoice({ choices = [] }: Preferences, channel: string): Choice | undefined {
  return mostSpecific(
    choices.filter(({ type }) => type === undefined),
    { type: '', channel },
  );
}
