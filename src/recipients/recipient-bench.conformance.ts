import { type OpeningRules, type WindowPolicy } from '../model/window.js';
import { type NotificationContent } from '../model/notification.js';
import { type Preferences, type Recipient, recipientAddress, type TenantChoices } from '../model/recipient.js';
import { routeOf } from '../model/router.js';
import { type Acceptance, type ReplanReport } from '../storage/notification-store.js';
import { POLICY, type StoreBench } from '../storage/store-bench.conformance.js';
import { PlannedPolicies } from './planned-policy.js';
import { ReadMarker, type Wanted } from './read-marker.js';
import { type PlanningRules, RecipientPlanner } from './recipient-planner.js';

/** What went out: when (ISO 8601, UTC), on which channel, and the titles of its entries. */
export type Sent = readonly [at: string, titles: string, channel: string];

const ID = '42';
const ADDRESSES = { email: 'ann@example.com', slack: 'U42', webhook: 'https://example.com/' };

/** A recipient of a store, whose preferences change, and all that is sent to her as time passes. */
export class RecipientBench {
  readonly sent: Sent[] = [];
  private preferences: Preferences = {};
  private timeZone = 'Europe/Vienna';
  private steps = 0;
  private tenant: TenantChoices | undefined;
  private readonly rules: PlanningRules;

  /** @param rule the application's rule for every type */
  constructor(
    private readonly on: () => StoreBench,
    private readonly options: {
      readonly rule?: Partial<WindowPolicy>;
      readonly required?: readonly string[];
      readonly tenant?: TenantChoices;
      readonly preferences?: Preferences;
      /** The process ends without a word before every other step. */
      readonly crashes?: boolean;
    } = {},
  ) {
    const policy: WindowPolicy = { ...POLICY, windowMs: 300_000, maxCount: 20, maxWaitMs: 1_200_000, ...options.rule };
    const opening: OpeningRules = () => ({ policy });
    this.preferences = options.preferences ?? {};
    this.tenant = options.tenant;
    this.rules = {
      required: new Set(options.required),
      opening,
      policies: new PlannedPolicies(),
      routeOf: ({ priority }, aggregates) => routeOf({ priority, aggregates, batches: false }),
    };
  }

  get planner(): RecipientPlanner {
    const recipient: Recipient = { id: ID, addresses: ADDRESSES, timeZone: this.timeZone, preferences: this.preferences };
    return new RecipientPlanner(recipient, this.tenant, this.rules);
  }

  /** Accepts one notification at a time (UTC), after all that was due before it was sent. Returns the id of its delivery. */
  async accept(at: string, title: string, over: Partial<NotificationContent> = {}): Promise<string> {
    const [id = ''] = await this.acceptOn([over], at, title);
    return id;
  }

  /** The same on several channels; returns the ids in their order. */
  async acceptOn(steps: readonly Partial<NotificationContent>[], at: string, title: string): Promise<readonly string[]> {
    const now = utc(at);
    await this.passUntil(now - 1);
    await this.crash(now);
    const ids = await this.on().ids([this.acceptance(steps, title, now)], now);
    await this.passUntil(now);
    return ids;
  }

  /** She has read something at a time; returns how many deliveries no longer come. */
  async read(at: string, wanted: Wanted): Promise<number> {
    const now = utc(at);
    await this.passUntil(now - 1);
    await this.crash(now);
    const slice = { limit: 100, now };
    const { cancelled } = await this.on().store.replan(recipientAddress(ID), CHANNELS, new ReadMarker(wanted), slice);
    await this.passUntil(now);
    return cancelled;
  }

  /** Changes preferences, or the time zone, at a time, and plans again what waits. */
  async change(
    at: string,
    preferences: Preferences,
    timeZone = this.timeZone,
  ): Promise<Omit<ReplanReport, 'closed'> & { sent: number }> {
    const now = utc(at);
    await this.passUntil(now);
    await this.crash(now);
    this.preferences = preferences;
    this.timeZone = timeZone;
    const report = await this.replan(now);
    await this.passUntil(now);
    return report;
  }

  /** The same of the choices of her tenant. */
  async changeTenant(at: string, tenant: TenantChoices | undefined): Promise<void> {
    await this.passUntil(utc(at));
    this.tenant = tenant;
    await this.change(at, this.preferences);
  }

  /** All mails to her address are stopped from now on. */
  async suppress(at: string): Promise<void> {
    const now = utc(at);
    await this.passUntil(now);
    const suppression = { channel: 'email', address: recipientAddress(ID), reason: 'complaint', at: now } as const;
    await this.on().store.suppressions.add(suppression);
    await this.on().store.cancelSuppressed('email', recipientAddress(ID), this.rules.required, { limit: 1_000, now });
  }

  /** Nothing runs until a time, and then all that was due meanwhile is done at once, after a start. */
  async sleep(until: string): Promise<void> {
    const now = utc(until);
    await this.on().reopen('crash', now);
    while ((await this.on().store.advance(now, 100)).more);
    await this.send(now);
  }

  async replan(now: number, limit = 100): Promise<Omit<ReplanReport, 'closed'> & { sent: number }> {
    const total = { sent: 0, moved: 0, unchanged: 0, cancelled: 0 };
    for (let cursor: string | undefined; ;) {
      const slice = { limit, now, ...(cursor === undefined ? {} : { cursor }) };
      const { closed, next, ...counts } = await this.on().store.replan(recipientAddress(ID), CHANNELS, this.planner, slice);
      total.sent += closed.length;
      for (const name of ['moved', 'unchanged', 'cancelled'] as const) total[name] += counts[name];
      cursor = next;
      if (cursor === undefined) return total;
    }
  }

  /** Lets time pass: what falls due on the way is done at its time, and what is ready is sent at once. */
  async pass(until: string): Promise<void> {
    await this.passUntil(utc(until));
  }

  /** How a delivery ended, or stands. */
  async stateOf(id: string): Promise<string> {
    const view = await this.on().store.find(id);
    return view?.reason === undefined ? (view?.state ?? 'unknown') : `${view.state}/${view.reason}`;
  }

  private acceptance(steps: readonly Partial<NotificationContent>[], title: string, now: number): Acceptance {
    const [first, ...also] = steps.map((step): Acceptance => {
      const content: NotificationContent = { type: 'comment', channel: 'email', priority: 'normal', title, ...step };
      const plan = this.planner.arrival(content, now);
      const isRequired = this.rules.required.has(content.type);
      return { content, addresses: [recipientAddress(ID)], route: plan.route, plans: [plan], isRequired };
    });
    if (first === undefined) throw new TypeError('a notification needs a channel');
    return also.length === 0 ? first : { ...first, also };
  }

  private async crash(now: number): Promise<void> {
    if (this.options.crashes === true && this.steps++ % 2 === 1) await this.on().reopen('crash', now);
  }

  private async passUntil(until: number): Promise<void> {
    for (let last = -Infinity; ;) {
      const { store } = this.on();
      const dueAt = await store.nextDueAt();
      if (dueAt === undefined || dueAt > until || dueAt <= last) break;
      while ((await store.advance(dueAt, 100)).more);
      await this.send(dueAt);
      last = dueAt;
    }
    await this.send(until);
  }

  private async send(now: number): Promise<void> {
    for (const channel of CHANNELS) {
      for (const lane of ['critical', 'normal'] as const) {
        const messages = await this.on().claim(now, { channel, lane, requiredTypes: this.rules.required });
        for (const { entries } of messages) {
          this.sent.push([new Date(now).toISOString(), entries.map(({ content }) => content.title).join(' '), channel]);
        }
        await this.on().settle(messages, 'delivered', now);
      }
    }
  }
}

const CHANNELS = ['email', 'slack', 'sse', 'push'];

export function utc(at: string): number {
  return Date.parse(`${at.includes('T') ? at : `2026-11-24T${at}`}Z`);
}
