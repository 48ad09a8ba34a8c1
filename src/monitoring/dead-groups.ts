import { type FailureReason } from '../model/failure.js';
import { type DeadLetter } from '../storage/notification-store.js';
import { iso } from '../storage/stored-views.js';

/** Dead deliveries that failed alike. */
export interface DeadGroup {
  readonly channel: string;
  readonly reason: FailureReason;
  /** What the receivers said, without what differs: see `normalizedMessage`. */
  readonly message: string;
  /** Deliveries. */
  readonly count: number;
  /** Distinct addresses. */
  readonly addresses: number;
  /** ISO 8601. */
  readonly firstAt: string;
  readonly lastAt: string;
  /** The id of one of them. */
  readonly sampleId: string;
}

/** Groups that are told apart; what fails in yet another way is left out. */
const MAX_GROUPS = 1_000;

interface Group extends Pick<DeadGroup, 'channel' | 'reason' | 'message' | 'sampleId'> {
  count: number;
  firstAt: number;
  lastAt: number;
  readonly addresses: Set<string>;
}

/** Groups dead messages by channel, reason and normalized message. */
export class DeadGroups {
  private readonly groups = new Map<string, Group>();

  add({ channel, reason, detail, address, count, at, sampleId }: DeadLetter): void {
    const message = normalizedMessage(detail);
    const key = JSON.stringify([channel, reason, message]);
    const group = this.groups.get(key) ?? this.opened(key, { channel, reason, message, sampleId });
    if (group === undefined) return;
    group.count += count;
    group.addresses.add(address);
    group.firstAt = Math.min(group.firstAt, at);
    group.lastAt = Math.max(group.lastAt, at);
  }

  /** The largest first. */
  view(): readonly DeadGroup[] {
    return [...this.groups.values()]
      .sort((a, b) => b.count - a.count || b.lastAt - a.lastAt)
      .map(({ addresses, firstAt, lastAt, ...group }) => ({
        ...group,
        addresses: addresses.size,
        firstAt: iso(firstAt),
        lastAt: iso(lastAt),
      }));
  }

  private opened(key: string, of: Pick<Group, 'channel' | 'reason' | 'message' | 'sampleId'>): Group | undefined {
    if (this.groups.size >= MAX_GROUPS) return undefined;
    const group: Group = { ...of, count: 0, firstAt: Infinity, lastAt: 0, addresses: new Set() };
    this.groups.set(key, group);
    return group;
  }
}

/**
 * A receiver's words without what differs from one delivery to the next: addresses, URLs and numbers. A status code at the start stays
 * (RFC 5321 §4.2, RFC 3463), as it tells what went wrong.
 */
export function normalizedMessage(detail: string): string {
  const [status = ''] = /^\d{3}(?:[ -]\d\.\d{1,3}\.\d{1,3})?(?=\D|$)/.exec(detail) ?? [];
  const rest = detail
    .slice(status.length)
    .replaceAll(/https?:\/\/[^\s<>"']+/g, '<url>')
    .replaceAll(/[^\s<>"@]+@[^\s<>"@]+/g, '<address>')
    .replaceAll(/\d+/g, '#')
    .replaceAll(/\s+/g, ' ')
    .trimEnd();
  return status + rest;
}
