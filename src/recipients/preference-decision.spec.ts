import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Choice, type Frequency, type TenantChoice } from '../model/recipient.js';
import { decidePreference, type Deciders } from './preference-decision.js';

const subject = fc.record({ type: fc.constantFrom('a', 'b'), channel: fc.constantFrom('email', 'push') });
const frequency = fc.constantFrom<Frequency>('immediate', 'default', 'off', 'hourly', 'daily', 'weekly');
const choice: fc.Arbitrary<TenantChoice> = fc
  .record({
    type: fc.option(fc.constantFrom('a', 'b'), { nil: undefined }),
    channel: fc.option(fc.constantFrom('email', 'push'), { nil: undefined }),
    frequency,
    locked: fc.boolean(),
  })
  .map(({ type, channel, ...rest }) => ({ ...(type && { type }), ...(channel && { channel }), ...rest }));

function own({ locked: _, ...rest }: TenantChoice): Choice {
  return rest;
}

/** The rule again: the names that a choice may have, the most specific first. */
function pick<T extends Choice>(choices: readonly T[], type: string, channel: string): T | undefined {
  const names = [
    [type, channel],
    [type, undefined],
    [undefined, channel],
    [undefined, undefined],
  ];
  for (const [t, c] of names) {
    const found = choices.find((one) => one.type === t && one.channel === c);
    if (found !== undefined) return found;
  }
  return undefined;
}

describe('what preferences decide', () => {
  it('follows a locked choice of the tenant, then the person, then the tenant; what is required always comes', () => {
    fc.assert(
      fc.property(subject, fc.array(choice), fc.array(choice), fc.subarray(['a', 'b']), (about, tenant, person, required) => {
        const { type, channel } = about;
        const deciders: Deciders = {
          preferences: { choices: person.map(own) },
          tenant: { choices: tenant },
          required: new Set(required),
        };
        const decision = decidePreference(about, deciders);
        const locked = pick(
          tenant.filter((one) => one.locked === true),
          type,
          channel,
        );
        const chosen =
          locked ??
          pick(person.map(own), type, channel) ??
          pick(
            tenant.filter((one) => one.locked !== true),
            type,
            channel,
          );
        if (required.includes(type)) expect(decision.comes).toBe(true);
        else expect(decision.comes).toBe(chosen?.frequency !== 'off');
        if (decision.comes)
          expect(decision.frequency).toBe(chosen === undefined || chosen.frequency === 'off' ? 'default' : chosen.frequency);
      }),
    );
  });

  it('says who decided', () => {
    const required = new Set(['security']);
    const preferences = { choices: [{ channel: 'email', frequency: 'off' } as const], mutedKeys: ['post-7'] };
    const tenant = {
      choices: [{ type: 'alert', frequency: 'immediate', locked: true } as const, { frequency: 'daily' } as const],
    };
    const decide = (type: string, channel: string, groupKey?: string) =>
      decidePreference({ type, channel, groupKey }, { preferences, tenant, required });
    expect(decide('comment', 'email')).toEqual({ comes: false, reason: 'preference', from: 'person' });
    expect(decide('security', 'email')).toMatchObject({ comes: true, frequency: 'default', from: 'required' });
    expect(decide('alert', 'email')).toMatchObject({ comes: true, frequency: 'immediate', from: 'tenant' });
    expect(decide('comment', 'push')).toMatchObject({ comes: true, frequency: 'daily', from: 'tenant' });
    expect(decide('comment', 'push', 'post-7')).toEqual({ comes: false, reason: 'muted', from: 'person' });
    expect(decide('security', 'push', 'post-7')).toMatchObject({ comes: true, frequency: 'daily', from: 'tenant' });
    expect(decidePreference({ type: 'a', channel: 'b' }, { required })).toMatchObject({ frequency: 'default', from: 'default' });
  });
});
