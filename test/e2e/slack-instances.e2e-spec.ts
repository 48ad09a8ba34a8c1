import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { QueueService } from '../../src/index.js';
import { SlackServer } from '../support/slack-server.js';
import { type TestInstance, TestInstances } from '../support/instances.js';

const TOKEN = 'xoxb-test-1';
const SECOND_MS = 1_000;

describe('Slack over instances that share a store', () => {
  let slack: SlackServer;
  let all: TestInstances;
  /** When each request came, on the instances’ clock, by Slack channel. */
  let times: Map<string, number[]>;
  beforeEach(async () => {
    slack = await SlackServer.start({ token: TOKEN });
    all = new TestInstances();
    times = new Map();
    slack.script = ({ channel }) => {
      times.set(channel, [...(times.get(channel) ?? []), all.clock.now()]);
      return undefined;
    };
  });
  afterEach(() => all.stopAll());

  const start = (rules: object = { windowMs: 0, maxCount: 1 }): Promise<TestInstance> => {
    const options = {
      slack: { botToken: TOKEN, apiUrl: slack.url },
      batch: { timeoutMs: 0 },
      aggregation: { rules: [{ channel: 'slack', windowMs: 0, maxCount: 1, ...rules }] },
    };
    return all.start(options, true);
  };
  const say = async (on: TestInstance, title: string, more: object = {}): Promise<void> => {
    await on.get(QueueService).enqueue({ type: 'alert', channel: 'slack', to: 'C1', title, ...more });
  };
  const advance = async (ms: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += 100) {
      await all.advance(100);
      await all.sent();
    }
  };
  const intervals = (channel: string): readonly number[] => {
    const at = times.get(channel) ?? [];
    return at.slice(1).map((time, index) => time - at[index]!);
  };
  const titles = (): readonly string[] => slack.posts.map(({ text }) => /\bn\d+\b/.exec(text)?.[0] ?? text);

  it('post one message a second to a Slack channel together, and keep no other channel waiting', async () => {
    const instances = [await start(), await start(), await start()];
    for (let i = 0; i < 6; i++) await say(instances[i % 3]!, `n${i}`);
    await say(instances[0]!, 'n6', { to: 'C2' });
    await all.sent();
    expect(titles().toSorted()).toEqual([expect.stringMatching(/n[0-5]/), 'n6']);
    await advance(10 * SECOND_MS);
    expect(titles().toSorted()).toEqual(['n0', 'n1', 'n2', 'n3', 'n4', 'n5', 'n6']);
    for (const interval of intervals('C1')) expect(interval).toBeGreaterThanOrEqual(SECOND_MS);
    const { items } = await instances[0]!.get(QueueService).deliveries({});
    expect(new Set(items.map(({ state, attempts }) => `${state} ${attempts}`))).toEqual(new Set(['delivered 1']));
  });

  it('what is critical goes first at the pace, on whichever instance it was accepted', async () => {
    const [a, b] = [await start(), await start()];
    for (let i = 0; i < 4; i++) await say(a, `n${i}`);
    await all.sent();
    await say(b, 'n9', { priority: 'critical' });
    await advance(6 * SECOND_MS);
    expect(titles()[1]).toBe('n9');
    for (const interval of intervals('C1')) expect(interval).toBeGreaterThanOrEqual(SECOND_MS);
  });

  it('all keep to the Retry-After that one of them was told, for that Slack channel only', async () => {
    const [a, b] = [await start(), await start()];
    const usual = slack.script;
    slack.script = (post) => {
      usual(post);
      return post.request === 1 ? { status: 429, retryAfter: '30' } : undefined;
    };
    await say(a, 'n0');
    await all.sent();
    for (const [index, one] of [b, a, b].entries()) await say(one, `n${index + 1}`);
    await say(b, 'n4', { to: 'C2' });
    await advance(29 * SECOND_MS);
    expect(titles()).toEqual(['n4']);
    await advance(6 * SECOND_MS);
    expect(titles().toSorted()).toEqual(['n0', 'n1', 'n2', 'n3', 'n4']);
    expect(intervals('C1')[0]).toBeGreaterThanOrEqual(30 * SECOND_MS);
    for (const interval of intervals('C1').slice(1)) expect(interval).toBeGreaterThanOrEqual(SECOND_MS);
    const { items } = await a.get(QueueService).deliveries({});
    expect(items.map(({ attempts }) => attempts)).toEqual([1, 1, 1, 1, 1]);
  });

  it('pages of a digest go into its thread, whichever instance posts them', async () => {
    const rule = { windowMs: 60_000, maxCount: 12 };
    const [a, b] = [await start(rule), await start(rule)];
    for (let i = 0; i < 12; i++) await say([a, b][i % 2]!, `n${i}`);
    await advance(5 * SECOND_MS);
    expect(slack.posts).toHaveLength(3);
    const [first, ...rest] = slack.posts;
    expect(rest.map(({ threadTs }) => threadTs)).toEqual([first?.ts, first?.ts]);
    for (const interval of intervals('C1')) expect(interval).toBeGreaterThanOrEqual(SECOND_MS);
  });

  it('what has one threadKey is in one thread, whichever instance posts it, also after all were stopped', async () => {
    const [a, b] = [await start(), await start()];
    const thread = { data: { threadKey: 'deploy-7' } };
    await Promise.all([say(a, 'n0', thread), say(b, 'n1', thread), say(b, 'n2', thread)]);
    await all.sent();
    await advance(4 * SECOND_MS);
    await all.stop(a);
    await all.stop(b);
    const c = await start();
    await say(c, 'n3', thread);
    await advance(2 * SECOND_MS);
    const [first, ...rest] = slack.posts;
    expect(rest.map(({ threadTs }) => threadTs)).toEqual([first?.ts, first?.ts, first?.ts]);
  });
});
