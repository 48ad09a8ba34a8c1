import { describe, expect, it } from '@jest/globals';
import { claimedMessage } from '../../test/support/claimed-message.js';
import { rendering } from '../../test/support/rendering.js';
import { type ContentGrouping } from '../model/content-grouping.js';
import { NotificationEvents } from '../model/notification-events.js';
import { type ClaimedMessage } from '../model/message.js';

const message = (): ClaimedMessage =>
  claimedMessage([{ title: 'CI is red' }, { title: 'Lunch' }, { title: 'Build 4711 failed' }]);

/** What a formatter is given where the host groups. */
async function groupNamesOf(group: unknown, one = message()) {
  const events = new NotificationEvents();
  const failures: string[] = [];
  events.on('failed', ({ where, error }) => failures.push(`${where}: ${String(error)}`));
  const grouping = { group } as ContentGrouping;
  const { renderer, formatters, clock } = rendering({ digest: { order: 'priority', grouping }, events });
  formatters.registerBuiltIn(one.channel, { format: ({ groupNames }) => groupNames ?? 'default' });
  return { rendered: renderer.render([one]), failures, clock };
}

describe('the grouping of the host', () => {
  it.each([
    ['at once', () => ['ci', 'lunch', 'ci']],
    ['later', () => Promise.resolve(['ci', 'lunch', 'ci'])],
  ])('that answers %s names the entries', async (_, group) => {
    const { rendered, failures } = await groupNamesOf(group);
    expect(await rendered).toMatchObject([{ content: ['ci', 'lunch', 'ci'] }]);
    expect(failures).toEqual([]);
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('no model');
      },
      'no model',
    ],
    ['rejects', () => Promise.reject(new Error('no service')), 'no service'],
    ['answers too few', () => ['ci'], 'it must answer 3 names'],
    ['answers no text', () => [1, 2, 3], 'it must answer 3 names'],
    ['answers nothing', () => undefined, 'it must answer 3 names'],
  ])('that %s leaves it to the default, and is reported', async (_, group, why) => {
    const { rendered, failures } = await groupNamesOf(group);
    expect(await rendered).toMatchObject([{ content: 'default' }]);
    expect(failures).toEqual([expect.stringContaining(`the option digest.grouping: `)]);
    expect(failures[0]).toContain(why);
  });

  it('that never answers leaves it to the default after formatting.timeoutMs', async () => {
    const { rendered, failures, clock } = await groupNamesOf(() => new Promise(() => undefined));
    await new Promise(setImmediate);
    clock.advance(5_000);
    expect(await rendered).toMatchObject([{ content: 'default' }]);
    expect(failures).toHaveLength(1);
  });

  it('is not asked of a single delivery, nor of what programs read', async () => {
    const group = (): never => {
      throw new Error('asked');
    };
    for (const one of [claimedMessage([{}]), { ...message(), channel: 'sse' }, { ...message(), channel: 'webhook' }]) {
      const { rendered, failures } = await groupNamesOf(group, one);
      expect(await rendered).toMatchObject([{ content: 'default' }]);
      expect(failures).toEqual([]);
    }
  });
});
