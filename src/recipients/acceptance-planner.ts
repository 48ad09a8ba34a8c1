import { Injectable } from '@nestjs/common';
import { Clock } from '../model/clock.js';
import { NotificationChannel } from '../model/notification.js';
import { recipientIdOf } from '../model/recipient.js';
import { type Acceptance } from '../storage/notification-store.js';
import { RecipientCache } from './recipient-cache.js';
import { type RecipientPlanner } from './recipient-planner.js';
import { RecipientRecords } from './recipient-records.js';
import { Replanning } from './replanning.js';

/** Acceptances with the plans of their recipients, and who planned them. */
export interface PlannedAcceptances {
  readonly acceptances: readonly Acceptance[];
  /** By the id of the recipient. */
  readonly planners: ReadonlyMap<string, RecipientPlanner>;
}

type Planners = PlannedAcceptances['planners'];

/** Plans what is accepted for recipients. Without any it costs one look at each address. */
@Injectable()
export class AcceptancePlanner {
  constructor(
    private readonly records: RecipientRecords,
    private readonly cache: RecipientCache,
    private readonly replanning: Replanning,
    private readonly clock: Clock,
  ) {}

  /** At once when nobody must be looked up. A directory that does not answer holds up nothing: its people are planned by the application's rules. */
  plan(acceptances: readonly Acceptance[]): PlannedAcceptances | Promise<PlannedAcceptances> {
    const ids = this.records.isOn
      ? acceptances.flatMap(({ addresses }) => addresses.flatMap((address) => recipientIdOf(address) ?? []))
      : [];
    if (ids.length === 0) return { acceptances, planners: NOBODY };
    const planners = this.cache.plannersOf([...new Set(ids)]);
    return planners instanceof Promise ? this.planLater(acceptances, planners) : this.planBy(acceptances, planners);
  }

  /** After they were accepted: preferences that changed meanwhile hold for them too. */
  check({ planners }: PlannedAcceptances): void {
    if (planners.size === 0) return;
    const stale = [...planners].filter(([, { isStale }]) => isStale).map(([id]) => id);
    if (stale.length > 0) this.replanning.replanSoon(stale);
  }

  private async planLater(acceptances: readonly Acceptance[], asked: Promise<Planners>): Promise<PlannedAcceptances> {
    const planners = await asked;
    const unplanned = [...planners].filter(([, { isUnplanned }]) => isUnplanned).map(([id]) => id);
    if (unplanned.length > 0) await this.replanning.noteUnplanned(unplanned);
    return this.planBy(acceptances, planners);
  }

  private planBy(acceptances: readonly Acceptance[], planners: Planners): PlannedAcceptances {
    const now = this.clock.now();
    return { acceptances: acceptances.map((acceptance) => planned(acceptance, planners, now)), planners };
  }
}

const NOBODY: Planners = new Map();

function planned(acceptance: Acceptance, planners: Planners, now: number): Acceptance {
  const { content, addresses, also } = acceptance;
  const of = addresses.map((address) => planners.get(recipientIdOf(address) ?? ''));
  if (of.every((planner) => planner === undefined)) return acceptance;
  const streams = of.map((planner) => streamAddress(content.channel, planner));
  return {
    ...acceptance,
    addresses: addresses.map((address, index) => streams[index] ?? address),
    plans: of.map((planner) => planner?.arrival(content, now)),
    ...(streams.some((stream) => stream !== undefined)
      ? { recipients: addresses.map((address, index) => (streams[index] === undefined ? undefined : address)) }
      : {}),
    ...(also === undefined ? {} : { also: also.map((part) => planned(part, planners, now)) }),
  };
}

/** A stream is read by its address in the store, so that one that is not the recipient's id is looked up before. */
function streamAddress(channel: string, planner: RecipientPlanner | undefined): string | undefined {
  return channel === NotificationChannel.SSE ? planner?.recipient.addresses[channel] : undefined;
}
