import { type Choice, type ChoiceSource, type Frequency, type Preferences, type TenantChoices } from '../model/recipient.js';

/** Of what is decided. */
export interface Subject {
  readonly type: string;
  readonly channel: string;
  readonly groupKey?: string | undefined;
}

/** Whose preferences decide. */
export interface Deciders {
  readonly preferences?: Preferences | undefined;
  readonly tenant?: TenantChoices | undefined;
  /** Types that nobody can turn off: the option `recipients.required`. */
  readonly required: ReadonlySet<string>;
}

/** Whether a delivery comes, and how often; not when. */
export type PreferenceDecision =
  | { readonly comes: false; readonly reason: 'preference' | 'muted'; readonly from: ChoiceSource }
  | {
      readonly comes: true;
      readonly frequency: Exclude<Frequency, 'off'>;
      readonly from: ChoiceSource;
      /** It gathers with all types that the choice covers. */
      readonly together: boolean;
    };

/**
 * Decides by the first that applies: the type is required (then only how often is chosen), a locked choice of the tenant, a choice of the person, any
 * other choice of the tenant, the application's rules.
 */
export function decidePreference(subject: Subject, { preferences, tenant, required }: Deciders): PreferenceDecision {
  const { frequency, from, together } = choiceFor(subject, preferences?.choices, tenant);
  if (required.has(subject.type)) {
    return frequency === 'off' || frequency === undefined
      ? { comes: true, frequency: 'default', from: 'required', together: false }
      : { comes: true, frequency, from, together };
  }
  if (frequency === 'off') return { comes: false, reason: 'preference', from };
  const { groupKey } = subject;
  if (groupKey !== undefined && preferences?.mutedKeys?.includes(groupKey) === true) {
    return { comes: false, reason: 'muted', from: 'person' };
  }
  return { comes: true, frequency: frequency ?? 'default', from, together };
}

interface Chosen {
  readonly frequency: Frequency | undefined;
  readonly from: ChoiceSource;
  readonly together: boolean;
}

function choiceFor(subject: Subject, own: readonly Choice[] = [], { choices = [] }: Partial<TenantChoices> = {}): Chosen {
  const levels: readonly (readonly [ChoiceSource, readonly Choice[]])[] = [
    ['tenant', choices.filter(({ locked }) => locked === true)],
    ['person', own],
    ['tenant', choices.filter(({ locked }) => locked !== true)],
  ];
  for (const [from, level] of levels) {
    const choice = mostSpecific(level, subject);
    if (choice !== undefined) return { frequency: choice.frequency, from, together: choice.together === true };
  }
  return { frequency: undefined, from: 'default', together: false };
}

/** The choice of a level that names the most: type and channel, type, channel, neither. */
export function mostSpecific<T extends Choice>(
  choices: readonly T[],
  { type, channel }: Pick<Subject, 'type' | 'channel'>,
): T | undefined {
  let best: T | undefined;
  let bestRank = -1;
  for (const choice of choices) {
    if ((choice.type ?? type) !== type || (choice.channel ?? channel) !== channel) continue;
    const rank = (choice.type === undefined ? 0 : 2) + (choice.channel === undefined ? 0 : 1);
    if (rank > bestRank) [best, bestRank] = [choice, rank];
  }
  return best;
}
