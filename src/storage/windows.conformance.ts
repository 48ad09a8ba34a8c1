import { type NotificationStore } from './notification-store.js';
import { type StoreSuiteRunner } from './suite-runner.conformance.js';
import { HOUR, MINUTE, playOn, type Schedule, T0 } from './window-schedule.conformance.js';

/** Opens a store that holds nothing. */
export type OpenEmptyStore = () => Promise<{
  readonly store: NotificationStore;
  /** Closes it and lets go of its files. */
  readonly discard: () => Promise<void>;
}>;

/**
 * Registers the examples of docs/windows.md and the edges of a window's policy, each on its own store: `describeWindows(runner, 'mine', open)`.
 *
 * @param open makes an open store, empty and of at most 200 pending deliveries; called once for each test
 */
export function describeWindows(
  { describe, it, beforeEach, afterEach, expect }: StoreSuiteRunner,
  name: string,
  open: OpenEmptyStore,
): void {
  describe(`windows on ${name}`, () => {
    let store: NotificationStore;
    let discard: () => Promise<void>;
    beforeEach(async () => void ({ store, discard } = await open()));
    afterEach(() => discard());

    const play = (...schedule: Schedule): Promise<string[]> => playOn(store, ...schedule);
    const gathering = async (): Promise<number> => (await store.snapshot()).windows.items;
    const burst = (count: number, atMinutes = 0): [number, string][] =>
      Array.from({ length: count }, (_, i) => [atMinutes, `n${i + 1}`]);

    it('fixed: closes windowMs after its first entry', async () => {
      expect(
        await play(
          { windowMs: 10 * MINUTE },
          [
            [0, 'a'],
            [4, 'b'],
            [9, 'c'],
            [11, 'd'],
          ],
          30,
        ),
      ).toEqual(['10: a b c', '21: d']);
    });

    it('count: twelve at once with a limit of 5 give 5 and 5, and 2 gather on', async () => {
      expect(await play({ maxCount: 5 }, burst(12), 5)).toEqual(['0: n1 n2 n3 n4 n5', '0: n6 n7 n8 n9 n10']);
      expect(await gathering()).toBe(2);
    });

    it('sliding: each entry restarts the quiet time', async () => {
      const arrivals = [
        [0, 'a'],
        [8, 'b'],
        [16, 'c'],
        [40, 'd'],
      ] as const;
      expect(await play({ mode: 'sliding', windowMs: 10 * MINUTE, maxWaitMs: HOUR }, arrivals, 60)).toEqual([
        '26: a b c',
        '50: d',
      ]);
    });

    it('sliding with a ceiling: 12 h quiet, at most 24 h, entries at 0, 6, 13 and 16 h close at exactly 24 h', async () => {
      const rule = { mode: 'sliding', windowMs: 12 * HOUR, maxWaitMs: 24 * HOUR } as const;
      const arrivals = [0, 6, 13, 16].map((hour) => [hour * 60, `h${hour}`] as const);
      expect(await play(rule, arrivals, 48 * 60)).toEqual(['1440: h0 h6 h13 h16']);
    });

    it('leading: ten at once give the first, and then nine', async () => {
      expect(await play({ leading: true }, burst(10), 30)).toEqual(['0: n1', '10: n2 n3 n4 n5 n6 n7 n8 n9 n10']);
    });

    it('leading: a lone one is followed by nothing, and the next one leads again', async () => {
      expect(
        await play(
          { leading: true },
          [
            [0, 'a'],
            [10, 'b'],
            [25, 'c'],
          ],
          60,
        ),
      ).toEqual(['0: a', '10: b', '25: c']);
    });

    it('leading, sliding: what follows restarts the quiet time', async () => {
      const rule = { leading: true, mode: 'sliding', maxWaitMs: HOUR } as const;
      expect(
        await play(
          rule,
          [
            [0, 'a'],
            [8, 'b'],
            [16, 'c'],
          ],
          60,
        ),
      ).toEqual(['0: a', '26: b c']);
    });

    it('minCount: fewer at the close are each sent on their own', async () => {
      expect(
        await play(
          { minCount: 3 },
          [
            [0, 'a'],
            [1, 'b'],
          ],
          30,
        ),
      ).toEqual(['10: a', '10: b']);
      expect(
        await play(
          { minCount: 3 },
          [
            [100, 'a'],
            [101, 'b'],
            [102, 'c'],
          ],
          130,
        ),
      ).toEqual(['110: a b c']);
    });

    it('schedule: closes at the next such local time', async () => {
      const rule = { schedule: { cron: '0 9 * * *', timeZone: 'Europe/Vienna' } };
      // 08:00 UTC is 09:00 in Vienna: strictly after it means tomorrow.
      expect(
        await play(
          rule,
          [
            [0, 'a'],
            [60, 'b'],
            [24 * 60 + 1, 'c'],
          ],
          72 * 60,
        ),
      ).toEqual(['1440: a b', '2880: c']);
    });

    for (const [change, startAt, closes] of [
      ['forward, the local time does not exist', Date.UTC(2026, 2, 27, 12), ['28T01:30', '29T01:00', '30T00:30']],
      ['back, the local time exists twice', Date.UTC(2026, 9, 23, 12), ['24T00:30', '25T00:30', '26T01:30']],
    ] as const) {
      it(`schedule: one close a local day when the clock goes ${change}`, async () => {
        const rule = { maxCount: 100, schedule: { cron: '30 2 * * *', timeZone: 'Europe/Vienna' } };
        const hourly = Array.from({ length: 64 }, (_, hour) => [hour * 60, `h${hour}`] as const);
        const sent = await play(rule, hourly, 64 * 60, startAt);
        const at = sent.map((line) => new Date(startAt + parseInt(line, 10) * MINUTE).toISOString().slice(8, 16));
        expect(at).toEqual(closes);
      });
    }

    it('schedule with a limit: whichever is first', async () => {
      const rule = { schedule: { cron: '0 * * * *', timeZone: 'UTC' }, maxCount: 2 };
      expect(
        await play(
          rule,
          [
            [1, 'a'],
            [2, 'b'],
            [3, 'c'],
          ],
          90,
        ),
      ).toEqual(['2: a b', '60: c']);
    });

    it('burst: so many go out in windowMs, the rest makes one digest, and then counting starts from zero', async () => {
      const rule = { windowMs: 0, burst: { perAddress: 2, windowMs: 10 * MINUTE } };
      await play(rule, burst(2), 0);
      const passed = await store.claim({ channel: 'email', lane: 'normal', limit: 9, now: T0, leaseMs: HOUR });
      expect(passed.messages).toHaveLength(2);
      expect(
        await play(
          rule,
          [
            [1, 'c'],
            [2, 'd'],
            [11, 'e'],
          ],
          11,
        ),
      ).toEqual(['10: c d']);
      expect((await store.readiness()).map(({ ready }) => ready)).toEqual([1]);
    });

    it('an entry at the exact time of the close opens the next window', async () => {
      expect(
        await play(
          {},
          [
            [0, 'a'],
            [10, 'b'],
          ],
          30,
        ),
      ).toEqual(['10: a', '20: b']);
    });

    it('a window longer than 2^31 ms closes at its time', async () => {
      const days = 40;
      expect(await play({ windowMs: days * 24 * HOUR }, [[0, 'a']], days * 24 * 60)).toEqual([`${days * 24 * 60}: a`]);
    });

    it('priority then time is the digest’s business: a window keeps the order of arrival', async () => {
      expect(
        await play(
          {},
          [
            [0, 'low', { priority: 'low' }],
            [1, 'high', { priority: 'high' }],
          ],
          30,
        ),
      ).toEqual(['10: low high']);
    });

    it('groupKey, actor and none: who gathers with whom', async () => {
      const by = (actor: string, groupKey?: string) => ({
        actor: { id: actor },
        ...(groupKey === undefined ? {} : { groupKey }),
      });
      const arrivals = [
        [0, 'a', by('1')],
        [1, 'b', by('2')],
        [2, 'c', by('1')],
        [3, 'd', by('1', 'k')],
      ] as const;
      expect(await play({ groupBy: 'actor' }, arrivals, 30)).toEqual(['10: a c', '11: b', '13: d']);
      expect(await play({ groupBy: 'none' }, arrivals, 130, T0 + 100 * MINUTE)).toEqual(['10: a b c', '13: d']);
    });

    it('dedupeKey: the newest takes the older one’s place and counts once against the limit', async () => {
      const key = { dedupeKey: 'server-3' };
      const arrivals = [
        [0, 'up', key],
        [1, 'down', key],
        [2, 'other'],
        [3, 'up again', key],
      ] as const;
      expect(await play({ maxCount: 3 }, arrivals, 30)).toEqual(['10: other up again']);
    });
  });
}
