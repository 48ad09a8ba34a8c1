import { type PlannedArrival } from '../../model/decisions/arrival-plan.js';
import { allowanceKey } from '../../model/decisions/window-key.js';
import { type NotificationContent } from '../../model/notification.js';
import { type WindowPolicy } from '../../model/window.js';
import { hashOf } from './hash.js';

/** One delivery of an acceptance: how it goes, and the group that it gathers in. */
export interface PreparedArrival extends PlannedArrival {
  readonly address: string;
  /** `windowKey`; undefined when it is not gathered. */
  readonly baseKey: string | undefined;
}

interface Arriving {
  readonly content: NotificationContent;
  readonly arrivals: readonly PreparedArrival[];
}

/** An arrival that gathers. */
export interface Gathering {
  readonly channel: string;
  readonly address: string;
  readonly policy: WindowPolicy;
  readonly baseKey: string;
  readonly dedupeKey: string | undefined;
}

/** The arrivals of an acceptance that gather. */
export function gatheringOf({ arrivals, content: { channel, dedupeKey } }: Arriving): readonly Gathering[] {
  return arrivals.flatMap(({ address, rule, baseKey }) =>
    rule === undefined || baseKey === undefined ? [] : [{ channel, address, policy: rule.policy, baseKey, dedupeKey }],
  );
}

/** What the allowance of an arrival is found by; none where there is no such thing. */
export function allowanceKeyOf({ channel, address, policy, baseKey }: Gathering): readonly string[] {
  return policy.leadingCount === 0 ? [] : [hashOf(allowanceKey(baseKey, channel, address, policy))];
}
