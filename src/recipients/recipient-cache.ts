import { Inject, Injectable } from '@nestjs/common';
import { AggregationRules } from '../aggregation/aggregation-rules.js';
import { NOTIFICATION_OPTIONS, type ResolvedOptions } from '../config/options.js';
import { Clock } from '../model/clock.js';
import { NotificationEvents } from '../model/notification-events.js';
import { routeOf } from '../model/router.js';
import { within } from '../model/time-limit.js';
import { TransportRegistry } from '../transports/transport-registry.js';
import { PlannedPolicies } from './planned-policy.js';
import { GonePlanner, type PlanningRules, RecipientPlanner } from './recipient-planner.js';
import { type KnownRecipient, RecipientRecords } from './recipient-records.js';

/** People who are remembered; about 1 KB each. */
const MAX_KNOWN = 20_000;
/** Most people that a directory is asked about at once. */
const MAX_ASKED = 500;
/** Longest that an answer of the directory is waited for, ms. */
const ANSWER_MS = 5_000;
/** A directory that did not answer is asked again after this time, ms. */
export const ASK_AGAIN_MS = 5_000;

interface Known {
  readonly planner: RecipientPlanner;
  /** Epoch ms. */
  readonly until: number;
}

interface Question {
  readonly id: string;
  readonly promise: Promise<RecipientPlanner>;
  readonly answer: (planner: RecipientPlanner) => void;
}

/**
 * Planners of people, kept for `recipients.cacheMs`. The directory is asked once for all who are needed in one turn of the event loop. While it does
 * not answer, what was known before is used, and people who are not known get a planner without preferences.
 */
@Injectable()
export class RecipientCache {
  private readonly known = new Map<string, Known>();
  private readonly asked = new Map<string, Promise<RecipientPlanner>>();
  private questions: Question[] = [];
  private failingUntil = -Infinity;
  private readonly rules: PlanningRules;

  constructor(
    private readonly records: RecipientRecords,
    private readonly clock: Clock,
    private readonly events: NotificationEvents,
    rules: AggregationRules,
    transports: TransportRegistry,
    @Inject(NOTIFICATION_OPTIONS) private readonly options: Pick<ResolvedOptions, 'recipients' | 'batch'>,
  ) {
    this.rules = {
      required: new Set(options.recipients.required),
      opening: (type, channel, openedAt) => rules.opening(type, channel, openedAt),
      policies: new PlannedPolicies(),
      routeOf: ({ priority, channel }, aggregates) => {
        const transport = transports.get(channel);
        const batches = options.batch.maxSize > 1 && transport?.batching === true && transport.ephemeral !== true;
        return routeOf({ priority, aggregates, batches });
      },
    };
  }

  /** The planners of people; at once when all of them are known. */
  plannersOf(ids: readonly string[]): ReadonlyMap<string, RecipientPlanner> | Promise<ReadonlyMap<string, RecipientPlanner>> {
    const found = new Map<string, RecipientPlanner>();
    const now = this.clock.now();
    for (const id of ids) {
      const known = this.known.get(id);
      if (known === undefined || known.until <= now) return this.ask(ids);
      found.set(id, known.planner);
    }
    return found;
  }

  /** The same of one person, asked again. The planner says whether the directory answered. */
  async freshPlanner(id: string): Promise<RecipientPlanner> {
    this.forget([id]);
    this.failingUntil = -Infinity;
    return this.questionOf(id);
  }

  /** The planner of a person who was just read. */
  plannerFor({ recipient, tenant }: KnownRecipient): RecipientPlanner {
    return new RecipientPlanner(recipient, tenant, this.rules);
  }

  /** What was known of people no longer holds. */
  forget(ids: readonly string[]): void {
    for (const id of ids) {
      const known = this.known.get(id);
      if (known !== undefined) known.planner.isStale = true;
      this.known.delete(id);
      // An answer that is on its way may be older.
      this.asked.delete(id);
    }
  }

  forgetAll(): void {
    this.forget([...this.known.keys(), ...this.asked.keys()]);
  }

  private async ask(ids: readonly string[]): Promise<ReadonlyMap<string, RecipientPlanner>> {
    const now = this.clock.now();
    const planners = ids.map((id) => {
      const known = this.known.get(id);
      return known !== undefined && (known.until > now || now < this.failingUntil) ? known.planner : this.questionOf(id);
    });
    const answers = new Map<string, RecipientPlanner>();
    for (const [index, id] of ids.entries()) answers.set(id, (await planners[index]) ?? this.unplanned(id));
    return answers;
  }

  private questionOf(id: string): Promise<RecipientPlanner> {
    const asked = this.asked.get(id);
    if (asked !== undefined) return asked;
    if (this.clock.now() < this.failingUntil) return Promise.resolve(this.unplanned(id));
    const { promise, resolve } = Promise.withResolvers<RecipientPlanner>();
    this.asked.set(id, promise);
    this.questions.push({ id, promise, answer: resolve });
    if (this.questions.length === 1) queueMicrotask(() => void this.askDirectory());
    return promise;
  }

  private async askDirectory(): Promise<void> {
    const { questions } = this;
    this.questions = [];
    for (let at = 0; at < questions.length; at += MAX_ASKED) await this.askAbout(questions.slice(at, at + MAX_ASKED));
  }

  private async askAbout(questions: readonly Question[]): Promise<void> {
    const found = await this.find(questions.map(({ id }) => id));
    for (const { id, promise, answer } of questions) {
      const planner = found === undefined ? this.plannerInDoubt(id) : this.plannerOf(id, found.get(id));
      // Not when the person was forgotten, or asked about again, meanwhile.
      if (this.asked.get(id) === promise) {
        this.asked.delete(id);
        if (found !== undefined) this.keep(id, planner);
      }
      answer(planner);
    }
  }

  /** Undefined when the directory did not answer. */
  private async find(ids: readonly string[]): Promise<ReadonlyMap<string, KnownRecipient> | undefined> {
    try {
      return await within(this.records.find(ids), ANSWER_MS, this.clock);
    } catch (error) {
      if (this.clock.now() >= this.failingUntil) this.events.emit('failed', { where: 'the directory of recipients', error });
      this.failingUntil = this.clock.now() + ASK_AGAIN_MS;
      return undefined;
    }
  }

  private plannerOf(id: string, known: KnownRecipient | undefined): RecipientPlanner {
    if (known === undefined) return new GonePlanner({ id, addresses: {} }, undefined, this.rules);
    return new RecipientPlanner(known.recipient, known.tenant, this.rules);
  }

  private plannerInDoubt(id: string): RecipientPlanner {
    return this.known.get(id)?.planner ?? this.unplanned(id);
  }

  private unplanned(id: string): RecipientPlanner {
    return new RecipientPlanner({ id, addresses: {} }, undefined, this.rules, true);
  }

  private keep(id: string, planner: RecipientPlanner): void {
    this.known.delete(id);
    if (this.known.size >= MAX_KNOWN) {
      const [oldest = ''] = this.known.keys();
      this.known.delete(oldest);
    }
    this.known.set(id, { planner, until: this.clock.now() + this.options.recipients.cacheMs });
  }
}
