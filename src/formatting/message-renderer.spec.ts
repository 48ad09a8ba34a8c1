import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { claimedMessage } from '../../test/support/claimed-message.js';
import { rendering, type RenderingSettings } from '../../test/support/rendering.js';
import { type ReaderSettings } from '../model/reader-settings.js';

const never = <T>(): Promise<T> => new Promise(() => undefined);
const to = (address: string) => claimedMessage([{}], { address });

/** Renders the reader and the address of each message. */
function setUp(settings: RenderingSettings) {
  const set = rendering(settings);
  set.formatters.registerBuiltIn('email', { format: ({ address, readerSettings }) => [address, readerSettings] });
  const errors: unknown[] = [];
  set.events.on('failed', (failure) => errors.push(failure));
  return { ...set, errors };
}

describe('the look-up of readers', () => {
  it('may answer later, is asked once for each address of a batch, and its answer reaches formatters with the message', async () => {
    const asked: string[] = [];
    const { renderer } = setUp({
      readerSettings: async (channel, address) => {
        asked.push(`${channel} ${address}`);
        await nextTurn();
        return address === 'nobody@x' ? undefined : { locale: 'de', timeZone: 'Europe/Vienna' };
      },
    });
    const spoken = claimedMessage([{ locale: 'fr' }], { address: 'bob@x' });
    const rendered = await renderer.render([to('ann@x'), to('ann@x'), spoken, to('nobody@x')]);
    const german = { locale: 'de', timeZone: 'Europe/Vienna' };
    expect(rendered.map((one) => 'content' in one && one.content)).toEqual([
      ['ann@x', german],
      ['ann@x', german],
      ['bob@x', { locale: 'fr', timeZone: 'Europe/Vienna' }],
      ['nobody@x', undefined],
    ]);
    expect(asked).toEqual(['email ann@x', 'email bob@x', 'email nobody@x']);
  });

  it('is not asked for what notifications say, and may answer at once', async () => {
    const asked: string[] = [];
    const { renderer } = setUp({ readerSettings: (_, address) => void asked.push(address) });
    await renderer.render([claimedMessage([{ locale: 'de', timeZone: 'UTC' }], { address: 'ann@x' }), to('bob@x')]);
    expect(asked).toEqual(['bob@x']);
  });

  it('runs as often at once as it may, and no more', async () => {
    let [running, most] = [0, 0];
    const { renderer } = setUp({
      formatting: { concurrency: 4 },
      readerSettings: async () => {
        most = Math.max(most, ++running);
        await nextTurn();
        running--;
        return undefined;
      },
    });
    await renderer.render(Array.from({ length: 50 }, (_, number) => to(`${number}@x`)));
    expect([running, most]).toEqual([0, 4]);
  });

  it('G6 that throws, rejects or does not answer in time is tried again, and harms no other message', async () => {
    const { renderer, clock, errors } = setUp({
      formatting: { timeoutMs: 3_000, concurrency: 2 },
      readerSettings: (_, address): ReaderSettings | Promise<ReaderSettings> => {
        if (address === 'throws@x') throw new TypeError('s3cret');
        if (address === 'rejects@x') return Promise.reject(new RangeError('s3cret'));
        return address === 'hangs@x' ? never() : Promise.resolve({ locale: 'de' });
      },
    });
    const rendering = renderer.render(['throws@x', 'rejects@x', 'hangs@x', 'ann@x'].map(to));
    while (clock.pending === 0) await nextTurn();
    // The others have answered before the limit.
    for (let turn = 0; turn < 10; turn++) await nextTurn();
    expect(clock.pending).toBe(1);
    clock.advance(3_000);
    expect(await rendering).toEqual([
      { kind: 'retry', failure: { reason: 'internal', message: 'the look-up of its reader failed (TypeError)' } },
      { kind: 'retry', failure: { reason: 'internal', message: 'the look-up of its reader failed (RangeError)' } },
      { kind: 'retry', failure: { reason: 'timed_out', message: 'the look-up of its reader gave no answer within 3000 ms' } },
      expect.objectContaining({ content: ['ann@x', { locale: 'de' }] }),
    ]);
    expect(errors).toHaveLength(3);
    expect(clock.pending).toBe(0);
  });

  it('G9 ends when the process stops: nothing was attempted, and no timer is left', async () => {
    const stop = new AbortController();
    const { renderer, clock, errors } = setUp({ formatting: { concurrency: 1 }, readerSettings: () => never() });
    const rendering = renderer.render([to('ann@x'), to('bob@x')], { stop: stop.signal });
    while (clock.pending === 0) await nextTurn();
    stop.abort();
    expect((await rendering).map((one) => 'failure' in one && [one.kind, one.failure.reason])).toEqual([
      ['deferred', 'interrupted'],
      ['deferred', 'interrupted'],
    ]);
    expect([clock.pending, errors]).toEqual([0, []]);
  });
});

describe('a formatter that answers later', () => {
  it('makes the content, as many at once as may be, in the order of the messages', async () => {
    const { renderer, formatters } = setUp({ formatting: { concurrency: 3 } });
    let [running, most] = [0, 0];
    formatters.register(
      { channel: 'email' },
      {
        format: async ({ address }) => {
          most = Math.max(most, ++running);
          for (let turn = 0; turn < (address.charCodeAt(0) * 7) % 5; turn++) await nextTurn();
          running--;
          return `for ${address}`;
        },
      },
    );
    const addresses = Array.from({ length: 20 }, (_, number) => `${String.fromCharCode(97 + number)}@x`);
    const rendered = await renderer.render(addresses.map(to));
    expect(rendered.map((one) => 'content' in one && one.content)).toEqual(addresses.map((address) => `for ${address}`));
    expect([running, most]).toEqual([0, 3]);
  });

  it.each(['rejects', 'hangs'])('and %s falls back to the built-in one', async (how) => {
    const { renderer, formatters, clock, events } = setUp({ formatting: { timeoutMs: 2_000 } });
    const failed: unknown[] = [];
    events.on('formatterFailed', ({ type, error }) => failed.push([type, String(error)]));
    formatters.register(
      { channel: 'email', type: 'alert' },
      { format: () => (how === 'hangs' ? never() : Promise.reject(new Error('no bucket'))) },
    );
    const rendering = renderer.render([claimedMessage([{ type: 'alert' }], { address: 'ann@x' }), to('bob@x')]);
    while (clock.pending === 0 && how === 'hangs') await nextTurn();
    clock.advance(2_000);
    expect((await rendering).map((one) => 'content' in one && one.content)).toEqual([
      ['ann@x', undefined],
      ['bob@x', undefined],
    ]);
    const error = how === 'hangs' ? 'TimeLimitError: no answer within 2000 ms' : 'Error: no bucket';
    expect(failed[0]).toEqual(['alert', error]);
    expect(clock.pending).toBe(0);
  });

  it('ends its messages as unrenderable where nothing may take its place', async () => {
    const { renderer, formatters } = setUp({ formatting: { fallback: false } });
    formatters.register({ channel: 'email' }, { format: () => Promise.reject(new Error('no bucket')) });
    expect(await renderer.render([to('ann@x')])).toMatchObject([{ kind: 'permanent', failure: { reason: 'unrenderable' } }]);
  });

  it('G9 is not waited for when the process stops', async () => {
    const stop = new AbortController();
    const { renderer, formatters, clock } = setUp({});
    formatters.register({ channel: 'email' }, { format: () => never() });
    const rendering = renderer.render([to('ann@x')], { stop: stop.signal });
    while (clock.pending === 0) await nextTurn();
    stop.abort();
    expect(await rendering).toMatchObject([{ kind: 'deferred', failure: { reason: 'interrupted' } }]);
    expect(clock.pending).toBe(0);
  });
});
