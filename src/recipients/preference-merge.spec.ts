import { describe, expect, it } from '@jest/globals';
import { type Preferences } from '../model/recipient.js';
import { preferenceErrors, tenantChoiceErrors } from './preference-checks.js';
import { mergePreferences } from './preference-merge.js';

describe('a change of preferences', () => {
  const preferences: Preferences = {
    choices: [
      { type: 'comment', channel: 'email', frequency: 'daily' },
      { channel: 'email', frequency: 'off' },
    ],
    hours: [{ from: '07:00', to: '22:00' }],
    mutedKeys: ['post-7'],
    digestAt: '18:00',
  };

  it('merges choices by type and channel, and leaves what it does not name', () => {
    const merged = mergePreferences(preferences, {
      choices: [
        { type: 'comment', channel: 'email', frequency: 'immediate' },
        { type: 'comment', frequency: 'weekly' },
        { channel: 'email', frequency: null },
      ],
    });
    expect(merged).toEqual({
      ...preferences,
      choices: [
        { type: 'comment', channel: 'email', frequency: 'immediate' },
        { type: 'comment', frequency: 'weekly' },
      ],
    });
  });

  it('replaces hours and muted keys, and removes what is null', () => {
    expect(
      mergePreferences(preferences, {
        hours: [{ days: [1], from: '09:00', to: '17:00' }],
        mutedKeys: ['a', 'a'],
        digestAt: null,
      }),
    ).toEqual({
      choices: preferences.choices,
      hours: [{ days: [1], from: '09:00', to: '17:00' }],
      mutedKeys: ['a'],
    });
    expect(
      mergePreferences(preferences, { choices: null, hours: null, mutedKeys: null, digestAt: null, mutedUntil: null }),
    ).toEqual({});
  });
});

describe('the checks of preferences', () => {
  const pathsOf = (value: unknown, patch = true): readonly string[] => preferenceErrors(value, { patch }).map(({ path }) => path);

  it('take what is right', () => {
    const choices = [
      { type: 'comment', frequency: 'daily', together: true },
      { channel: 'email', frequency: { windowMs: 60_000 } },
      { frequency: { cron: '0 9 * * 1' } },
      { type: 'a', frequency: null },
    ];
    const hours = [{ days: [1, 7], from: '22:00', to: '06:00' }];
    expect(
      preferenceErrors(
        { choices, hours, mutedUntil: '2026-12-01T08:00:00Z', mutedKeys: ['a'], digestAt: '00:00', digestOn: 7 },
        { patch: true },
      ),
    ).toEqual([]);
    expect(preferenceErrors({ choices: null, hours: null }, { patch: true })).toEqual([]);
    expect(tenantChoiceErrors([{ frequency: 'daily', locked: true }])).toEqual([]);
  });

  it('name every wrong field', () => {
    expect(
      pathsOf({
        choices: [
          { type: 'A B', channel: 'E', frequency: 'often' },
          { frequency: { windowMs: 0 } },
          { frequency: { cron: '61 * * * *' } },
          3,
          { frequency: 'off', locked: true },
        ],
        hours: [
          { from: '24:00', to: '7:00' },
          { days: [], from: '07:00', to: '08:00' },
          { days: [0, 8], from: '07:00', to: '08:00' },
          { days: [1, 1], from: '07:00', to: '08:00' },
        ],
        mutedUntil: '2027-02-30T00:00:00Z',
        mutedKeys: ['a\nb'],
        digestAt: '9:00',
        digestOn: 0,
        digestDay: 1,
      }),
    ).toEqual([
      'digestDay',
      'choices.0.type',
      'choices.0.channel',
      'choices.0.frequency',
      'choices.1.frequency',
      'choices.2.frequency',
      'choices.3',
      'choices.4.locked',
      'hours.0.from',
      'hours.0.to',
      'hours.1.days',
      'hours.2.days.0',
      'hours.2.days.1',
      'hours.3.days',
      'mutedUntil',
      'mutedKeys.0',
      'digestAt',
      'digestOn',
    ]);
    expect(pathsOf(undefined)).toEqual(['body']);
    expect(pathsOf({ digestAt: null, choices: [{ frequency: null }] }, false)).toEqual(['choices.0.frequency', 'digestAt']);
    expect(pathsOf({ mutedKeys: Array.from({ length: 1_001 }, String) })).toEqual(['mutedKeys']);
  });
});
