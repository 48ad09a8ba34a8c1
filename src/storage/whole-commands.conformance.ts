import { type BacklogPolicy } from '../model/backlog.js';
import { type CloseReason, type OpeningRules } from '../model/window.js';
import { SliceSequence } from './slice-sequence.js';
import {
  type ApplyRulesReport,
  type BacklogReport,
  type CancelFilter,
  type CancelReport,
  type ClosedWindow,
  type DeadFilter,
  type ForgetReport,
  type NotificationStore,
  type Sliced,
  type WindowFilter,
} from './notification-store.js';

/** More than any suite needs: a command is one call. */
export const ONE_SLICE = 10_000;

/** Commands of a store from the first slice to the last. */
export class WholeCommands {
  constructor(
    private readonly store: NotificationStore,
    private readonly limit: number,
  ) {}

  async flush(filter: WindowFilter, now: number, reason: CloseReason = 'flush'): Promise<readonly ClosedWindow[]> {
    const reports = await all((from) => this.store.flush(filter, reason, { limit: this.limit, now, ...from }));
    return reports.flatMap(({ closed }) => closed);
  }

  async replay(filter: DeadFilter, now: number): Promise<number> {
    return sum(await all((from) => this.store.replay(filter, { limit: this.limit, now, ...from })), 'replayed');
  }

  async cancelMatching(filter: CancelFilter, now: number): Promise<CancelReport> {
    const reports = await all((from) => this.store.cancelMatching(filter, { limit: this.limit, now, ...from }));
    return { cancelled: sum(reports, 'cancelled'), kept: sum(reports, 'kept') };
  }

  async cancelSuppressed(
    channel: string,
    address: string,
    now: number,
    requiredTypes: ReadonlySet<string> = new Set(),
  ): Promise<CancelReport> {
    const reports = await all((from) =>
      this.store.cancelSuppressed(channel, address, requiredTypes, { limit: this.limit, now, ...from }),
    );
    return { cancelled: sum(reports, 'cancelled'), kept: sum(reports, 'kept') };
  }

  async forget(channel: string, address: string, now: number): Promise<ForgetReport> {
    const reports = await all((from) => this.store.forget(channel, address, { limit: this.limit, now, ...from }));
    return { cancelled: sum(reports, 'cancelled'), erased: sum(reports, 'erased'), sending: sum(reports, 'sending') };
  }

  async applyRules(rules: OpeningRules, now: number): Promise<ApplyRulesReport> {
    const reports = await all((from) => this.store.applyRules(rules, { limit: this.limit, now, ...from }));
    return {
      closed: reports.flatMap(({ closed }) => closed),
      changed: sum(reports, 'changed'),
      unchanged: sum(reports, 'unchanged'),
    };
  }

  async clearBacklog(policy: Exclude<BacklogPolicy, 'send'>, before: number, now: number): Promise<BacklogReport> {
    const reports = await all((from) => this.store.clearBacklog(policy, before, { limit: this.limit, now, ...from }));
    return {
      closed: reports.flatMap(({ closed }) => closed),
      collapsed: sum(reports, 'collapsed'),
      messages: sum(reports, 'messages'),
      expired: sum(reports, 'expired'),
    };
  }
}

async function all<Report>(step: (from: { readonly cursor?: string }) => Promise<Sliced<Report>>): Promise<readonly Report[]> {
  const slices = new SliceSequence(step);
  const reports: Report[] = [];
  for (let report = await slices.next(); report !== undefined; report = await slices.next()) reports.push(report);
  return reports;
}

function sum<Name extends string>(reports: readonly Readonly<Record<Name, number>>[], name: Name): number {
  return reports.reduce((total, report) => total + report[name], 0);
}
