import { Breaker } from '../../model/breaker.js';
import { type Clock } from '../../model/clock.js';
import {
  type OutgoingMessage,
  type PoolStatistics,
  type SendContext,
  type SendResult,
  type Transport,
  type TransportHealth,
} from '../transport.js';
import { type EmailContent } from './email-content.js';
import { canonicalEmailAddress, emailAddressProblem } from './email-address.js';

type EmailSender = Transport<EmailContent>;

/** Reasons that describe the server of an account, not the mail. */
const SERVER_FAILURES: ReadonlySet<string> = new Set(['connection_failed', 'timed_out', 'session_closed', 'uncertain']);
const NO_POOL: PoolStatistics = { size: 0, inUse: 0, idle: 0, waiting: 0, created: 0, failed: 0 };

/** A sender with its own server. */
interface Account {
  readonly name: string;
  readonly sender: EmailSender;
  readonly breaker: Breaker;
}

/**
 * The e-mail channel of a host with several accounts (tenants): each has its own server, sender, pool, signature and circuit breaker, so that one
 * whose server is down holds up no other. A mail without an account goes over the main one.
 */
export class EmailAccounts implements Transport<EmailContent> {
  readonly batching = true;
  readonly lazyContent: boolean;
  readonly concurrency: number;
  readonly destination: string;
  private readonly main: Account;
  private readonly accounts: ReadonlyMap<string, Account>;

  constructor(
    main: EmailSender,
    accounts: ReadonlyMap<string, EmailSender>,
    private readonly clock: Clock,
  ) {
    this.main = { name: '', sender: main, breaker: new Breaker() };
    this.accounts = new Map([...accounts].map(([name, sender]) => [name, { name, sender, breaker: new Breaker() }]));
    this.lazyContent = main.lazyContent === true;
    this.concurrency = this.all().reduce((sum, { sender }) => sum + (sender.concurrency ?? 1), 0);
    this.destination = this.all()
      .map(({ name, sender }) => `${name === '' ? '' : `${name}: `}${sender.destination ?? ''}`)
      .join(', ');
  }

  validateAddress(address: string): string | undefined {
    return emailAddressProblem(address);
  }

  canonicalAddress(address: string): string {
    return canonicalEmailAddress(address);
  }

  async open(state: Parameters<NonNullable<EmailSender['open']>>[0]): Promise<void> {
    for (const { sender } of this.all()) await sender.open?.(state);
  }

  async send(messages: readonly OutgoingMessage<EmailContent>[], context: SendContext): Promise<readonly SendResult[]> {
    const results = new Map<OutgoingMessage<EmailContent>, SendResult>();
    const groups = Map.groupBy(messages, ({ message }) => message.entries[0]?.content.email?.account);
    await Promise.all(
      [...groups].map(async ([name, group]) => {
        const account = name === undefined ? this.main : this.accounts.get(name);
        const sent = account === undefined ? group.map(() => unknownAccount(name)) : await this.sendBy(account, group, context);
        group.forEach((outgoing, index) => results.set(outgoing, sent[index] ?? NO_RESULT));
      }),
    );
    return messages.map((outgoing) => results.get(outgoing) ?? NO_RESULT);
  }

  pool(): PoolStatistics {
    return this.all()
      .map(({ sender }) => sender.pool?.() ?? NO_POOL)
      .reduce((sum, one) => ({
        size: sum.size + one.size,
        inUse: sum.inUse + one.inUse,
        idle: sum.idle + one.idle,
        waiting: sum.waiting + one.waiting,
        created: sum.created + one.created,
        failed: sum.failed + one.failed,
      }));
  }

  /** What is wrong with the accounts; the channel is healthy when nothing is. */
  async health(): Promise<TransportHealth> {
    const told = await Promise.all(
      this.all().map(async ({ name, sender, breaker }) => {
        const health = (await sender.health?.()) ?? { ok: true, detail: sender.destination ?? '' };
        const detail = name === '' ? health.detail : `account ${name}: ${health.detail}`;
        return { ok: health.ok && breaker.detail === undefined, detail };
      }),
    );
    const failing = told.filter(({ ok }) => !ok);
    return { ok: failing.length === 0, detail: (failing.length === 0 ? told : failing).map(({ detail }) => detail).join('; ') };
  }

  async close(): Promise<void> {
    await Promise.all(this.all().map(async ({ sender }) => sender.close?.()));
  }

  private all(): readonly Account[] {
    return [this.main, ...this.accounts.values()];
  }

  private async sendBy(
    account: Account,
    group: readonly OutgoingMessage<EmailContent>[],
    context: SendContext,
  ): Promise<readonly SendResult[]> {
    const { sender, breaker } = account;
    const now = this.clock.now();
    if (!breaker.allows(now)) return group.map(() => held(breaker, now));
    let results: readonly SendResult[];
    try {
      results = await sender.send(group, context);
    } catch (error) {
      breaker.released();
      throw error;
    }
    return this.learn(account, results);
  }

  /** What the server of an account does is not to be blamed on the channel. */
  private learn({ name, breaker }: Account, results: readonly SendResult[]): readonly SendResult[] {
    const now = this.clock.now();
    const refusal = results.find((result) => result.status === 'failed' && result.kind === 'channel_unavailable');
    if (refusal?.status === 'failed') breaker.trip(refusal.failure.message, now);
    else if (results.every(isServerFailure)) {
      const [first] = results;
      if (first?.status === 'failed') breaker.failed(first.failure.message, now);
    } else if (results.some((result) => result.status === 'accepted' || result.kind !== 'deferred')) breaker.succeeded();
    else breaker.released();
    const endpoint = name === '' ? 'main account' : `account ${name}`;
    return results.map((result) => {
      if (result.status === 'accepted' || !(result.kind === 'channel_unavailable' || isServerFailure(result))) return result;
      const { kind, failure } = result;
      return kind === 'channel_unavailable'
        ? { ...result, kind: 'deferred', retryAfterMs: waitOf(breaker, now), endpoint, failure }
        : { ...result, endpoint };
    });
  }
}

function isServerFailure(result: SendResult): boolean {
  return result.status === 'failed' && result.kind !== 'deferred' && SERVER_FAILURES.has(result.failure.reason);
}

function waitOf(breaker: Breaker, now: number): number {
  return Math.max(1_000, (breaker.probeAt ?? now) - now);
}

function held(breaker: Breaker, now: number): SendResult {
  const failure = {
    reason: 'temporarily_refused',
    message: `the account waits: ${breaker.detail ?? 'a probe is in flight'}`,
  } as const;
  return { status: 'failed', kind: 'deferred', retryAfterMs: waitOf(breaker, now), failure };
}

/** It was removed from the options after the notification was accepted. */
function unknownAccount(name: string | undefined): SendResult {
  const failure = { reason: 'credentials_rejected', message: `the option email.accounts has no account ${name ?? ''}` } as const;
  return { status: 'failed', kind: 'permanent', failure };
}

const NO_RESULT: SendResult = {
  status: 'failed',
  kind: 'retry',
  failure: { reason: 'internal', message: 'the account gave no result for this mail' },
};
