import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type NotificationModuleOptions } from '../../src/config/options.js';
import { type SlackContent } from '../../src/transports/slack/slack-content.js';
import { type Formatter } from '../../src/formatting/formatter.js';
import { NotificationFormatter } from '../../src/formatting/notification-formatter.decorator.js';
import { TransportRegistry } from '../../src/transports/transport-registry.js';
import { CANARIES } from '../support/canaries.js';
import { MaintenanceService } from '../../src/jobs/maintenance.service.js';
import { HttpApplication } from '../support/http-application.js';
import { SlackServer } from '../support/slack-server.js';

const TOKEN = CANARIES.slackToken;
const alert = { type: 'alert', channel: 'slack', to: 'C1', title: 'Disk full' };
const atOnce = [{ channel: 'slack', windowMs: 0, maxCount: 1 }];

/** Makes what Slack refuses. */
@NotificationFormatter({ channel: 'slack', type: 'broken' })
class BrokenFormatter implements Formatter<SlackContent> {
  format(): SlackContent {
    const block = { type: 'header' as const, text: { type: 'plain_text' as const, text: 'x'.repeat(151) } };
    return { pages: [{ text: 'x', blocks: [block] }] };
  }
}

describe('Slack', () => {
  let slack: SlackServer;
  let http: HttpApplication;
  const start = async (options: NotificationModuleOptions = {}, providers: Parameters<typeof HttpApplication.start>[1] = []) => {
    http = await HttpApplication.start(
      { slack: { botToken: TOKEN, apiUrl: slack.url }, batch: { timeoutMs: 10, retryBaseMs: 1 }, ...options },
      providers,
    );
  };
  const say = async (over: object = {}): Promise<string> => {
    const answer = await http.post('', { ...alert, ...over });
    expect(answer.status).toBe(202);
    return (answer.json as { deliveries: [{ id: string }] }).deliveries[0].id;
  };
  const find = async (id: string) => (await http.get(`/deliveries/${id}`)).json;

  beforeEach(async () => {
    slack = await SlackServer.start({ token: TOKEN });
  });
  afterEach(async () => {
    await http.close();
    await slack.stop();
  });

  it('posts a digest of five to its channel, and other channels have their own', async () => {
    await start({ aggregation: { rules: [{ channel: 'slack', windowMs: 60_000, maxCount: 5 }] } });
    for (let i = 0; i < 5; i++) await say({ title: `Disk ${i} full <!channel>`, actor: { id: '1', name: 'Ann' } });
    await say({ to: 'C2' });
    await slack.until(1);
    expect(slack.posts).toHaveLength(1);
    const [post] = slack.posts;
    expect(post).toMatchObject({ channel: 'C1', text: expect.stringContaining('5 alerts') });
    expect(post?.text).toContain('Disk 3 full &lt;!channel&gt;');
    expect((await http.get('/windows?channel=slack')).json).toMatchObject({ items: [{ address: 'C2', count: 1 }] });
  });

  it('never gathers more than five without a rule that says so', async () => {
    await start();
    for (let i = 0; i < 6; i++) await say({ type: 'system_update', title: `v${i}` });
    await slack.until(1);
    expect(slack.posts[0]?.text).toContain('5 system updates');
  });

  it('sends on what gathers for the least recently active channel when there are too many', async () => {
    await start({ perChannel: { slack: { maxAddresses: 2 } } });
    for (const to of ['C1', 'C2', 'C1', 'C3']) await say({ to });
    await slack.until(1);
    expect(slack.posts[0]?.channel).toBe('C2');
    expect((await http.get('/windows?channel=slack')).json).toMatchObject({
      items: [{ address: 'C1', count: 2 }, { address: 'C3' }],
    });
  });

  it('pages a long digest into a thread, and goes on where it stopped when the line breaks', async () => {
    await start({ aggregation: { rules: [{ channel: 'slack', windowMs: 60_000, maxCount: 12 }] } });
    slack.script = ({ request }) => (request === 2 ? { status: 503 } : undefined);
    for (let i = 0; i < 12; i++) await say({ title: `n${i}` });
    await slack.until(3);
    const [first, second, third] = slack.posts;
    expect([first?.threadTs, second?.threadTs, third?.threadTs]).toEqual([undefined, first?.ts, first?.ts]);
    const titles = slack.posts.map(({ text }) => [...text.matchAll(/\bn\d+\b/g)].map(([title]) => title));
    expect(titles.flat().toSorted()).toEqual(Array.from({ length: 12 }, (_, i) => `n${i}`).toSorted());
    expect(slack.requests).toBe(4);
  });

  it('posts every page in the channel when slack.threads is false, whatever its threadKey', async () => {
    await start({
      slack: { botToken: TOKEN, apiUrl: slack.url, threads: false },
      aggregation: { rules: [{ channel: 'slack', windowMs: 60_000, maxCount: 7 }] },
    });
    for (let i = 0; i < 7; i++) await say({ title: `n${i}`, data: { threadKey: 'deploy-7' } });
    await slack.until(2);
    expect(slack.posts.map(({ threadTs }) => threadTs)).toEqual([undefined, undefined]);
  });

  it('keeps what has one threadKey in one thread, over a restart too', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'nestjs-digest-'));
    const options = { aggregation: { rules: atOnce }, store: { path: join(folder, 'store.db') } };
    await start(options);
    const delivered = http.ended('delivered', 1);
    await say({ data: { threadKey: 'deploy-7' } });
    await delivered;
    await http.close();
    await start(options);
    await say({ data: { threadKey: 'deploy-7' }, title: 'Still full' });
    await slack.until(2);
    expect(slack.posts[1]?.threadTs).toBe(slack.posts[0]?.ts);
    // Nothing of a channel that is erased is left to go on with.
    await http.app.get(MaintenanceService, { strict: false }).forget('slack', slack.posts[0]?.channel ?? '');
    await say({ data: { threadKey: 'deploy-7' }, title: 'Full again' });
    await slack.until(3);
    expect(slack.posts[2]?.threadTs).toBeUndefined();
    rmSync(folder, { recursive: true });
  });

  it.each([
    ['channel_not_found', 'dead', 'address_rejected'],
    ['is_archived', 'dead', 'address_rejected'],
    ['not_in_channel', 'dead', 'address_rejected'],
    ['something_new', 'dead', 'content_rejected'],
  ])('%s is final: %s', async (error, state, reason) => {
    await start({ aggregation: { rules: atOnce } });
    slack.script = () => ({ error });
    const ended = http.ended('dead', 1);
    const id = await say();
    await ended;
    expect(await find(id)).toMatchObject({ state, attempts: 1, lastError: { reason } });
    expect(slack.requests).toBe(1);
  });

  it('falls back to plain text when the blocks are refused, before it gives up', async () => {
    await start({ aggregation: { rules: atOnce } });
    slack.script = ({ hasBlocks }) => (hasBlocks ? { error: 'invalid_blocks' } : undefined);
    const id = await say();
    await slack.until(1);
    expect(slack.posts[0]).toMatchObject({ blocks: [], text: expect.stringContaining('Disk full') });
    slack.script = () => ({ error: 'msg_too_long' });
    const ended = http.ended('dead', 1);
    const other = await say({ to: 'C2' });
    await ended;
    expect(await find(other)).toMatchObject({ state: 'dead', lastError: { reason: 'content_rejected' } });
    expect(await find(id)).toMatchObject({ state: 'delivered' });
  });

  it('uses the built-in formatter for what Slack would refuse', async () => {
    await start({ aggregation: { rules: atOnce } }, [BrokenFormatter]);
    await say({ type: 'broken' });
    await slack.until(1);
    expect(slack.posts[0]?.text).toContain('Disk full');
  });

  it('pauses when the token is refused, consumes no attempt, says so, and goes on when it is good again', async () => {
    await start({ aggregation: { rules: atOnce } });
    slack.revoked = true;
    const id = await say();
    await slack.asked(1);
    const health = async () => (await http.get('/health')).json as { channels?: Record<string, { status: string }> };
    await until(async () => JSON.stringify(await health()).includes('token_revoked'));
    expect(await find(id)).toMatchObject({ state: 'queued', attempts: 0 });
    slack.revoked = false;
    expect(await http.post('/channels/slack/resume')).toMatchObject({ status: 200 });
    await slack.until(1);
  });

  it('holds one rate-limited channel back, and no other; a 429 is no attempt', async () => {
    await start({ aggregation: { rules: atOnce } });
    slack.script = ({ channel }) => (channel === 'C0' ? { status: 429, retryAfter: '3600' } : undefined);
    const ids = await Promise.all(Array.from({ length: 200 }, (_, i) => say({ to: `C${i}` })));
    await slack.until(199);
    expect(slack.posts.some(({ channel }) => channel === 'C0')).toBe(false);
    expect(await find(ids[0]!)).toMatchObject({ state: 'queued', attempts: 0 });
  });

  it('G3 a post whose answer is lost is uncertain: tried again, or dead by ON_UNCERTAIN', async () => {
    await start({ aggregation: { rules: atOnce }, onUncertain: 'dead' });
    slack.script = () => 'lost';
    const ended = http.ended('dead', 1);
    const id = await say();
    await ended;
    expect(await find(id)).toMatchObject({ state: 'dead', lastError: { reason: 'uncertain' } });
    expect(slack.posts).toHaveLength(1);
  });

  it.each([
    ['HTML', { status: 200, body: '<html>sign in</html>' }, 2, 'temporarily_refused'],
    ['nothing', { status: 200, body: '' }, 2, 'temporarily_refused'],
    ['null', { status: 200, body: 'null' }, 2, 'temporarily_refused'],
    ['ok as a text', { status: 200, body: '{"ok":"false"}' }, 2, 'temporarily_refused'],
    ['a redirect', { status: 302, body: '' }, 2, 'temporarily_refused'],
    ['half of its JSON', { status: 200, body: '{"ok":tru' }, 2, 'uncertain'],
    ['a body that breaks', { cutBody: '{"ok":true,' }, 2, 'uncertain'],
    ['429 without a time', { status: 429 }, 2, 'rate_limited'],
    ['400 and the token', { status: 400, body: `bad Bearer ${TOKEN}` }, 1, 'content_rejected'],
    ['an error that holds the token', { error: `bad Bearer ${'x'.repeat(60)}${TOKEN}` }, 1, 'content_rejected'],
  ])('G10 an answer of %s delivers nothing and shows no token', async (_, answer, attempts, reason) => {
    await start({ aggregation: { rules: atOnce }, batch: { timeoutMs: 1, retryBaseMs: 1, maxAttempts: 2 } });
    slack.script = () => answer;
    const ended = http.ended('dead', 1);
    const id = await say();
    await ended;
    const found = await find(id);
    expect(found).toMatchObject({ state: 'dead', attempts, lastError: { reason } });
    const shown = JSON.stringify([found, await http.get('/dead'), await http.get('/health')]);
    expect(shown).not.toContain('xoxb-');
  });

  it('G8 reads no more than 64 KiB of an answer', async () => {
    await start({ aggregation: { rules: atOnce } });
    slack.script = ({ request }) => (request === 1 ? 'endless' : undefined);
    const id = await say();
    await slack.until(1);
    await until(async () => (await find(id))['state'] === 'delivered');
    expect(await find(id)).toMatchObject({ attempts: 2, lastError: { reason: 'temporarily_refused' } });
  });

  it.each([
    ['HTML', { status: 200, body: '<html>sign in</html>' }, 'temporarily_refused'],
    ['the address', { status: 404, body: `no ${CANARIES.slackHook}` }, 'content_rejected'],
    ['a body that breaks', { cutBody: 'o' }, 'uncertain'],
  ])('G10 an answer of a webhook of %s delivers nothing and shows no secret', async (_, answer, reason) => {
    const webhookUrl = slack.webhookUrl.replace('T1/B1/secret', CANARIES.slackHook);
    await start({
      slack: { webhookUrl },
      aggregation: { rules: atOnce },
      batch: { timeoutMs: 1, retryBaseMs: 1, maxAttempts: 2 },
    });
    slack.script = () => answer;
    const ended = http.ended('dead', 1);
    const id = await say();
    await ended;
    expect(await find(id)).toMatchObject({ state: 'dead', lastError: { reason } });
    await http.get('/dead');
  });

  it.each(['token', 'webhook'])(
    'G9 a post that hangs does not hold up the stop, by %s',
    async (way) => {
      const options = way === 'token' ? { botToken: TOKEN, apiUrl: slack.url } : { webhookUrl: slack.webhookUrl };
      await start({ slack: options, aggregation: { rules: atOnce }, shutdown: { graceMs: 50 } });
      slack.script = () => 'hang';
      await say();
      await slack.asked(1);
      await http.close();
      await slack.idle();
    },
    9_000,
  );

  it('posts over a webhook', async () => {
    await start({ slack: { webhookUrl: slack.webhookUrl }, aggregation: { rules: atOnce } });
    slack.script = ({ request }) => (request === 1 ? { status: 429, retryAfter: '1' } : undefined);
    const id = await say();
    await slack.until(1);
    await until(async () => (await find(id))['state'] === 'delivered');
    expect(slack.posts[0]).toMatchObject({ channel: 'webhook', text: expect.stringContaining('Disk full') });
  });

  it('refuses an address that is none of Slack’s', async () => {
    await start();
    expect(await http.post('', { ...alert, to: 'a b' })).toMatchObject({ status: 400, json: { errors: [{ path: 'to' }] } });
  });

  it('G10 shows the token nowhere', async () => {
    await start({ aggregation: { rules: atOnce } });
    slack.script = () => ({ error: 'invalid_auth' });
    await say();
    await slack.asked(1);
    const pages = await Promise.all(['/health', '/stats', '/metrics', '/dead'].map((path) => http.get(path)));
    const transport = http.app.get(TransportRegistry, { strict: false }).get('slack');
    expect(inspect([transport, pages], { depth: 12, showHidden: true })).not.toContain(TOKEN);
  });
});

/** Asks until it is so. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setImmediate(resolve));
}
