import { type Choice, type Preferences, type PreferencesPatch } from '../model/recipient.js';

type PatchedChoice = NonNullable<PreferencesPatch['choices']>[number];

/** Preferences with a change applied: see `PreferencesPatch`. A list that is left empty is no member. */
export function mergePreferences(preferences: Preferences, patch: PreferencesPatch): Preferences {
  const { choices, mutedKeys } = patch;
  const merged = {
    ...preferences,
    ...patch,
    ...(choices === undefined || choices === null ? {} : { choices: mergeChoices(preferences.choices ?? [], choices) }),
    ...(mutedKeys === undefined || mutedKeys === null ? {} : { mutedKeys: [...new Set(mutedKeys)] }),
  };
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => isSet(value)));
}

/** By type and channel; a frequency that is `null` removes the choice. */
function mergeChoices(choices: readonly Choice[], patch: readonly PatchedChoice[]): readonly Choice[] {
  const merged = new Map(choices.map((choice) => [keyOf(choice), choice]));
  for (const change of patch) {
    const { frequency } = change;
    if (frequency === null) merged.delete(keyOf(change));
    else merged.set(keyOf(change), { ...change, frequency });
  }
  return [...merged.values()];
}

function isSet(value: unknown): boolean {
  return value !== null && value !== undefined && !(Array.isArray(value) && value.length === 0);
}

function keyOf({ type, channel }: { readonly type?: string; readonly channel?: string }): string {
  return JSON.stringify([type, channel]);
}
