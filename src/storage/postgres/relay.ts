import { type Acceptance, type AcceptReport } from '../notification-store.js';
import { acceptAll } from './accept.js';
import { type IntakeEntry } from './intake.js';
import { prepare } from './prepare.js';
import { type Work } from './work.js';

/** What was relayed. */
export interface RelayReport extends AcceptReport {
  readonly acceptances: readonly Acceptance[];
}

/** Accepts, in the transaction that took them out of the intake, what applications accepted in theirs. */
export async function relay(work: Work, entries: readonly IntakeEntry[], now: number): Promise<RelayReport> {
  const acceptances = entries.map(({ acceptance }) => acceptance);
  if (entries.length === 0) return { acceptances, results: [], closed: [], expired: 0, pending: 0 };
  const prepared = entries.map(({ acceptance, ids }) => ({ ...prepare(acceptance, now), ids }));
  const [report] = await acceptAll(work, [{ prepared, now }]);
  if (report === undefined) throw new TypeError('a call without a report');
  return { ...report, acceptances };
}
