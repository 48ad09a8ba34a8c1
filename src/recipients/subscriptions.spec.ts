import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Choice, type Preferences } from '../model/recipient.js';
import { mergePreferences } from './preference-merge.js';
import {
  channelFrequency,
  choicesOn,
  choosing,
  OFFERED_FREQUENCIES,
  restoring,
  type Subscriber,
  subscriptionTo,
  turningAllOff,
  unsubscribing,
} from './subscriptions.js';

const TYPES = ['comment', 'reminder', 'security'];
const frequencies = fc.constantFrom<Choice['frequency']>('immediate', 'default', 'off', 'daily', { windowMs: 60_000 });
const choice: fc.Arbitrary<Choice> = fc
  .record({
    type: fc.option(fc.constantFrom(...TYPES), { nil: undefined }),
    channel: fc.option(fc.constantFrom('email', 'push'), { nil: undefined }),
    frequency: frequencies,
    together: fc.boolean(),
  })
  .map(({ type, channel, together, frequency }) => ({
    frequency,
    ...(type === undefined ? {} : { type }),
    ...(channel === undefined ? {} : { channel }),
    ...(together ? { together } : {}),
  }));
const choices = fc.uniqueArray(choice, { selector: ({ type, channel }) => `${type} ${channel}`, maxLength: 6 });
const subscribers: fc.Arbitrary<Subscriber> = fc
  .record({ own: choices, tenant: choices, locked: fc.boolean() })
  .map(({ own, tenant, locked }) => ({
    channel: 'email',
    preferences: own.length === 0 ? {} : { choices: own },
    tenant: { choices: tenant.map((one) => ({ ...one, locked })) },
    required: new Set(['security']),
  }));

type Patch = ReturnType<typeof choosing>;
const after = (subscriber: Subscriber, patch: Patch): Subscriber => ({
  ...subscriber,
  preferences: mergePreferences(subscriber.preferences, { choices: patch }),
});
const isOn = (subscriber: Subscriber, type: string): boolean => subscriptionTo(type, subscriber).isOn;
const onPush = ({ preferences: { choices: all = [] } }: Subscriber) => all.filter(({ channel }) => channel !== 'email');

describe('what a link changes', () => {
  it('a save brings about exactly what was chosen, except what others decide, and nothing on other channels', () => {
    fc.assert(
      fc.property(
        subscribers,
        fc.subarray(TYPES),
        fc.option(fc.constantFrom(...OFFERED_FREQUENCIES), { nil: undefined }),
        (subscriber, wanted, frequency) => {
          const now = after(subscriber, choosing(subscriber, TYPES, new Set(wanted), frequency));
          for (const type of TYPES) {
            const { fixedBy, isOn: before } = subscriptionTo(type, subscriber);
            expect([type, isOn(now, type)]).toEqual([type, fixedBy === undefined ? wanted.includes(type) : before]);
          }
          expect(onPush(now)).toEqual(onPush(subscriber));
          const shown = channelFrequency(now);
          if (frequency !== undefined) expect(shown).toBe(frequency);
        },
      ),
    );
  });

  it('a save of what is shown changes nothing', () => {
    fc.assert(
      fc.property(subscribers, (subscriber) => {
        const wanted = new Set(TYPES.filter((type) => isOn(subscriber, type)));
        const shown = channelFrequency(subscriber);
        expect(choosing(subscriber, TYPES, wanted, shown === 'keep' ? undefined : shown)).toEqual([]);
      }),
    );
  });

  it('undo brings back the choices of the channel, whatever was done', () => {
    fc.assert(
      fc.property(subscribers, fc.subarray(TYPES), fc.constantFrom(...OFFERED_FREQUENCIES), (subscriber, wanted, frequency) => {
        const before = choicesOn('email', subscriber.preferences);
        const link = { recipientId: '42', channel: 'email', types: ['comment'] };
        for (const patch of [
          choosing(subscriber, TYPES, new Set(wanted), frequency),
          turningAllOff(TYPES, subscriber),
          unsubscribing(link, subscriber),
        ]) {
          const changed = after(subscriber, patch);
          const restored = after(changed, restoring(before, changed));
          expect(sorted(restored.preferences)).toEqual(sorted(subscriber.preferences));
        }
      }),
    );
  });

  it('one click turns off the types of the mail, or the choice by which it came together, and twice is as good as once', () => {
    const link = { recipientId: '42', channel: 'email' };
    fc.assert(
      fc.property(subscribers, (subscriber) => {
        const once = after(subscriber, unsubscribing({ ...link, types: ['comment'] }, subscriber));
        if (subscriptionTo('comment', subscriber).fixedBy === undefined) expect(isOn(once, 'comment')).toBe(false);
        expect(isOn(once, 'reminder')).toBe(isOn(subscriber, 'reminder'));
        expect(after(once, unsubscribing({ ...link, types: ['comment'] }, once)).preferences).toEqual(once.preferences);
      }),
    );
    const together: Choice = { channel: 'email', frequency: 'daily', together: true };
    const subscriber = { channel: 'email', preferences: { choices: [together] }, tenant: undefined, required: new Set<string>() };
    const off = [{ channel: 'email', frequency: 'off' }];
    expect(unsubscribing({ ...link, types: '*' }, subscriber)).toEqual(off);
    const everywhere = { ...subscriber, preferences: { choices: [{ frequency: 'daily', together: true } as const] } };
    expect(unsubscribing({ ...link, types: '*' }, everywhere)).toEqual(off);
    const ofType = { ...subscriber, preferences: { choices: [{ ...together, type: 'comment' }] } };
    expect(unsubscribing({ ...link, types: '*' }, ofType)).toEqual([{ type: 'comment', channel: 'email', frequency: 'off' }]);
    expect(unsubscribing({ ...link, types: '*' }, { ...subscriber, preferences: {} })).toEqual(off);
  });

  it('nothing comes once all was turned off, except what is required or locked', () => {
    fc.assert(
      fc.property(subscribers, (subscriber) => {
        const off = after(subscriber, turningAllOff(TYPES, subscriber));
        for (const type of TYPES) {
          if (subscriptionTo(type, subscriber).fixedBy === undefined) expect([type, isOn(off, type)]).toEqual([type, false]);
        }
        expect(isOn(off, 'security')).toBe(true);
      }),
    );
  });
});

function sorted({ choices: all = [] }: Preferences): readonly string[] {
  return all.map((one) => JSON.stringify(Object.entries(one).toSorted())).toSorted();
}
