import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Clock } from '../model/clock.js';
import { type DeliveryView } from '../model/delivery.js';
import { ANSWER_AFTER_MS, CommandRunner } from '../storage/command-runner.js';
import { fullPage } from '../storage/full-page.js';
import { type DeadFilter, type DeadQuery, NotificationStore, type Page } from '../storage/notification-store.js';
import { DEAD_FILTER_FIELDS, DEAD_QUERY_FIELDS } from '../storage/store-queries.js';
import { TransportRegistry } from '../transports/transport-registry.js';
import { type DeadGroup, DeadGroups } from './dead-groups.js';

/** Dismissed messages that are counted, at most. */
const MAX_DISMISSED = 10_000;

/** The dead, grouped. */
export interface DeadGroupsView {
  readonly items: readonly DeadGroup[];
  /** Deliveries that were dismissed, and are in none of the groups. */
  readonly dismissed: number;
  /** There are more dead than could be looked at within 10 s. */
  readonly more?: boolean;
}

/** Shows and hides what died; replaying it is the processor's. */
@Injectable()
export class DeadLettersService {
  constructor(
    private readonly store: NotificationStore,
    private readonly transports: TransportRegistry,
    private readonly commands: CommandRunner,
    private readonly clock: Clock,
  ) {}

  /** Dead deliveries, newest first, and how many deliveries are hidden. */
  async page(query: DeadQuery): Promise<Page<DeliveryView> & { readonly dismissed: number }> {
    const page = await fullPage(this.transports.canonicalFilter(query, DEAD_QUERY_FIELDS), (part) => this.store.dead(part));
    return { ...page, dismissed: await this.store.dismissed(MAX_DISMISSED) };
  }

  /** The dead by channel, reason and normalized message. */
  async groups(filter: DeadFilter): Promise<DeadGroupsView> {
    const wanted = this.transports.canonicalFilter(filter, DEAD_FILTER_FIELDS);
    const answerAt = this.clock.now() + ANSWER_AFTER_MS;
    const groups = new DeadGroups();
    let dismissed = 0;
    let cursor: string | undefined;
    do {
      const page = await this.store.deadLetters(wanted, cursor === undefined ? {} : { cursor });
      for (const letter of page.items) {
        if (letter.dismissed) dismissed += letter.count;
        else groups.add(letter);
      }
      cursor = page.next;
      await nextTurn();
    } while (cursor !== undefined && this.clock.now() < answerAt);
    return { items: groups.view(), dismissed, ...(cursor === undefined ? {} : { more: true }) };
  }

  /** Hides what matches; it stays dead. After 10 s it answers with `more` and goes on in the background. */
  async dismiss(filter: DeadFilter): Promise<{ readonly dismissed: number; readonly more?: boolean }> {
    const wanted = this.transports.canonicalFilter(filter, DEAD_FILTER_FIELDS);
    const { total, more } = await this.commands.run({
      name: 'dismissing dead deliveries',
      step: (slice) => this.store.dismiss(wanted, slice),
      start: 0,
      add: (sum, { dismissed }) => sum + dismissed,
    });
    return { dismissed: total, ...(more ? { more } : {}) };
  }
}
