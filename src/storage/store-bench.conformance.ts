import { deepStrictEqual } from 'node:assert/strict';
import { type ClaimedMessage, type Outcome } from '../model/message.js';
import { type NotificationContent } from '../model/notification.js';
import { type WindowPolicy } from '../model/window.js';
import {
  type Acceptance,
  type AcceptReport,
  type AcceptResult,
  type ClaimRequest,
  type NotificationStore,
  type PruneReport,
  type PruneRequest,
  type SettleReport,
} from './notification-store.js';
import { WholeCommands } from './whole-commands.conformance.js';

/** When every store under test is opened. */
export const T0 = 1_800_000_000_000;
/** `maxPending` of the stores that the suite opens. */
export const MAX_PENDING = 200;

/** A store and what a suite does to it besides calling it. */
export interface StoreUnderTest {
  /** It is open when the test gets it. */
  readonly store: NotificationStore;
  /** Ends it (`crash`: as `kill -9` does) and opens again what it left. */
  reopen(how: 'restart' | 'crash', now: number): Promise<NotificationStore>;
  /** Closes it, and deletes everything that it holds. */
  discard(): Promise<void>;
  /**
   * Has the next transaction fail after so many statements, or at its commit when it has fewer; absent where there are none. Returns how to stop,
   * which says whether it failed.
   */
  readonly failAfter?: ((statements: number) => () => boolean) | undefined;
}

/** Makes a store, empty and opened at `T0`, of at most `MAX_PENDING` and the schedule "a second later". */
export type OpenStore = () => Promise<StoreUnderTest>;

export const POLICY: WindowPolicy = {
  mode: 'fixed',
  windowMs: 60_000,
  maxCount: 5,
  maxWaitMs: 240_000,
  leadingCount: 0,
  minCount: 1,
  groupBy: 'type',
  render: { limit: 50, keep: 'priority' },
};
export const BURST: WindowPolicy = { ...POLICY, groupBy: 'none', leadingCount: 3, maxCount: 100_000, burst: true };
export const FAILURE = { reason: 'temporarily_refused', message: '451 later' } as const;

type Content = Partial<NotificationContent> & { readonly to?: string };

/** One notification that joins a window. */
export function gathered(
  title: string,
  { to = 'ann@example.com', ...over }: Content = {},
  policy: Partial<WindowPolicy> = {},
): Acceptance {
  return {
    content: { type: 'alert', channel: 'email', title, priority: 'normal', ...over },
    addresses: [to],
    route: policy.burst === true ? 'batch' : 'aggregate',
    policy: { ...POLICY, ...policy },
  };
}

/** One that goes out at once. */
export function direct(title: string, { to = 'ann@example.com', ...over }: Content = {}): Acceptance {
  return {
    content: { type: 'login', channel: 'email', title, priority: 'normal', ...over },
    addresses: [to],
    route: over.priority === 'critical' ? 'immediate' : 'batch',
  };
}

/** A store, and a count of what it accepted. */
export class StoreBench {
  private accepted = 0;
  /** By message, of its last claim. */
  private readonly tokens = new Map<string, string>();

  private constructor(
    private readonly underTest: StoreUnderTest,
    public store: NotificationStore,
  ) {}

  static async open(open: OpenStore): Promise<StoreBench> {
    const underTest = await open();
    return new StoreBench(underTest, underTest.store);
  }

  async report(acceptances: readonly Acceptance[], now = T0): Promise<AcceptReport> {
    const report = await this.store.accept(acceptances, now);
    for (const result of report.results) {
      if ('deliveries' in result) this.accepted += result.deliveries.filter(({ duplicate }) => !duplicate).length;
    }
    return report;
  }

  async accept(acceptances: readonly Acceptance[], now = T0): Promise<readonly AcceptResult[]> {
    return (await this.report(acceptances, now)).results;
  }

  /** The ids of the deliveries it makes. */
  async ids(acceptances: readonly Acceptance[], now = T0): Promise<string[]> {
    return (await this.accept(acceptances, now)).flatMap((result) => deliveriesOf(result).map(({ id }) => id));
  }

  async claim(now = T0, over: Partial<ClaimRequest> = {}): Promise<readonly ClaimedMessage[]> {
    const request = { channel: 'email', lane: 'normal', limit: 100, leaseMs: 10_000, now, ...over } as const;
    const { token, messages } = await this.store.claim(request);
    for (const { messageId } of messages) this.tokens.set(messageId, token);
    return messages;
  }

  /** Commands of an operator, so many rows a slice. */
  commands(limit = 2): WholeCommands {
    return new WholeCommands(this.store, limit);
  }

  /** The token of the last claim of a message. */
  tokenOf({ messageId }: ClaimedMessage): string {
    return this.tokens.get(messageId) ?? '';
  }

  /** Settles messages in one way, each under its last claim. */
  settle(messages: readonly ClaimedMessage[], outcome: 'delivered' | 'dead' | 'released', now = T0): Promise<SettleReport> {
    return this.outcomes(
      messages.map(({ messageId }): Outcome => {
        return outcome === 'dead' ? { messageId, outcome, failure: FAILURE } : { messageId, outcome };
      }),
      now,
    );
  }

  retry({ messageId }: ClaimedMessage, retryAt: number, now = T0): Promise<SettleReport> {
    return this.outcomes([{ messageId, outcome: 'retry', failure: FAILURE, retryAt }], now);
  }

  /** Records outcomes, each under the last claim of its message. */
  outcomes(outcomes: readonly Outcome[], now = T0): Promise<SettleReport> {
    return this.store.settle(
      outcomes.map((outcome) => ({ ...outcome, token: this.tokens.get(outcome.messageId) ?? '' })),
      now,
    );
  }

  /** Prunes what is named, and nothing else. */
  prune(over: Partial<PruneRequest>): Promise<PruneReport> {
    return this.store.prune({ finishedBefore: 0, keysBefore: 0, historyBefore: 0, limit: 100, ...over });
  }

  async stateOf(id: string): Promise<string | undefined> {
    return (await this.store.find(id))?.state;
  }

  async reopen(how: 'restart' | 'crash', now: number): Promise<void> {
    this.store = await this.underTest.reopen(how, now);
  }

  /** G7: accepted is the sum over all states, and what is pending is what the states say. */
  async expectToAddUp(): Promise<void> {
    const { counts, pending, windows } = await this.store.snapshot();
    const sum = (states: readonly string[]): number =>
      counts.filter(({ state }) => states.includes(state)).reduce((total, { count }) => total + count, 0);
    const negative = counts.filter(({ count }) => count < 0);
    const total = counts.reduce((all, { count }) => all + count, 0);
    deepStrictEqual(
      { negative, total, pending, gathering: windows.items },
      { negative: [], total: this.accepted, pending: sum(['gathering', 'queued', 'sending']), gathering: sum(['gathering']) },
      'the counts of the store must add up to what it accepted',
    );
  }

  discard(): Promise<void> {
    return this.underTest.discard();
  }
}

export function deliveriesOf(result: AcceptResult | undefined) {
  if (result === undefined || 'refused' in result) throw new Error('it was refused');
  return result.deliveries;
}

/** The titles of each message. */
export function titles(messages: readonly ClaimedMessage[]): string[][] {
  return messages.map(({ entries }) => entries.map(({ content }) => content.title));
}

export function iso(at: number): string {
  return new Date(at).toISOString();
}

/** `count` titles. */
export function many(count: number, prefix = 'n'): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index + 1}`);
}
