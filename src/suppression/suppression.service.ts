import { Inject, Injectable } from '@nestjs/common';
import { NOTIFICATION_OPTIONS, type ResolvedOptions } from '../config/options.js';
import { Clock } from '../model/clock.js';
import { InvalidRequestError, NotFoundError } from '../model/errors.js';
import { NotificationEvents } from '../model/notification-events.js';
import { suppressedUntil, SUPPRESSION_NOTE_CHARACTERS, type SuppressionReason } from '../model/suppression.js';
import { CommandRunner } from '../storage/command-runner.js';
import { fullPage } from '../storage/full-page.js';
import { NotificationStore, type Page, type SuppressionQuery } from '../storage/notification-store.js';
import { TransportRegistry } from '../transports/transport-registry.js';
import { checkedAddress, checkFields } from './suppression-fields.js';
import { type SuppressionView, viewOfSuppression } from './suppression-view.js';

const QUERY_FIELDS = [
  'channel',
  'address',
  'reason',
  'ended',
  'limit',
  'cursor',
] as const satisfies readonly (keyof SuppressionQuery)[];

/** An address to suppress. */
export interface SuppressionRequest {
  /** A registered channel. */
  readonly channel: string;
  /** Valid on it; the canonical form is suppressed. */
  readonly address: string;
  /** Why nothing is to be sent to it. */
  readonly reason: SuppressionReason;
  /** For operators, e.g. what the provider said; one line of at most 500 characters. */
  readonly note?: string | undefined;
}

/** What a suppression did. */
export interface SuppressionResult extends SuppressionView {
  /** Deliveries that waited for the address and were cancelled. */
  readonly cancelled: number;
  /** Cancelling goes on in the background. */
  readonly more?: boolean;
}

/**
 * Addresses that nothing is sent to, per channel. A delivery to one ends as `cancelled` with the reason `suppressed`: where it is accepted, while
 * it waits, or at its claim at last.
 *
 * A hard bounce holds for 30 days and lets `critical` through; a complaint, an unsubscription and an operator's decision hold until they are removed
 * and let the types of `recipients.required` through. The e-mail transport reports hard bounces by itself, and the application what its provider
 * tells it.
 */
@Injectable()
export class SuppressionService {
  private readonly requiredTypes: ReadonlySet<string>;

  constructor(
    private readonly store: NotificationStore,
    private readonly transports: TransportRegistry,
    private readonly commands: CommandRunner,
    private readonly clock: Clock,
    private readonly events: NotificationEvents,
    @Inject(NOTIFICATION_OPTIONS) { recipients }: ResolvedOptions,
  ) {
    this.requiredTypes = new Set(recipients.required);
  }

  /**
   * Suppresses an address, and cancels what waits for it; what is being sent is left. It is durable once resolved. An address that is suppressed for
   * the same reason already is suppressed from now on.
   *
   * @throws InvalidRequestError, StoreFailedError
   */
  async suppress({ channel, address, reason, note }: SuppressionRequest): Promise<SuppressionResult> {
    const to = checkedAddress(this.transports, { channel, address }).address;
    checkFields({ reason, note });
    const at = this.clock.now();
    const until = suppressedUntil(reason, at);
    const record = {
      channel,
      address: to,
      reason,
      at,
      ...(until === undefined ? {} : { until }),
      ...(note === undefined ? {} : { note }),
    };
    await this.store.suppressions.add(record);
    this.events.emit('suppressed', { channel, address: to, reason, at });
    const { total, more } = await this.commands.run({
      name: 'cancelling deliveries to a suppressed address',
      step: (slice) => this.store.cancelSuppressed(channel, to, this.requiredTypes, slice),
      start: 0,
      add: (sum, { cancelled }) => sum + cancelled,
    });
    return { ...viewOfSuppression(record), cancelled: total, ...(more ? { more } : {}) };
  }

  /**
   * Suppressed addresses, newest first; with `ended`, those too whose suppression ended or was removed.
   *
   * @throws InvalidRequestError for an address without its channel, or a bad cursor
   */
  async list(query: SuppressionQuery = {}): Promise<Page<SuppressionView>> {
    const { channel, address, reason } = query;
    checkFields({ reason });
    if (address !== undefined && channel === undefined) {
      throw new InvalidRequestError([{ path: 'channel', message: 'is needed with an address' }]);
    }
    const wanted = this.transports.canonicalFilter(query, QUERY_FIELDS);
    const now = this.clock.now();
    const { items, ...next } = await fullPage(wanted, (part) => this.store.suppressions.page(part, now));
    return { items: items.map(viewOfSuppression), ...next };
  }

  /**
   * Lets an address be written to again, which is a deliberate act: the note says why, and is kept with what was removed.
   *
   * @param request.reason removes only this suppression; all of the address without it
   * @throws InvalidRequestError, NotFoundError when the address is not suppressed
   */
  async remove(request: {
    readonly channel: string;
    readonly address: string;
    readonly reason?: SuppressionReason | undefined;
    readonly note: string;
  }): Promise<{ readonly removed: number }> {
    const { channel, reason, note } = request;
    const { address } = checkedAddress(this.transports, { channel, address: request.address });
    checkFields(request);
    if (note.trim() === '') throw new InvalidRequestError([{ path: 'note', message: 'must say why it is removed' }]);
    const removal = { channel, address, note, ...(reason === undefined ? {} : { reason }) };
    const removed = await this.store.suppressions.remove(removal, this.clock.now());
    if (removed === 0) throw new NotFoundError(`a suppression of that address on ${channel}`);
    return { removed };
  }

  /** Why addresses are suppressed now; those that are not are absent. */
  async reasonsOf(channel: string, addresses: readonly string[]): Promise<ReadonlyMap<string, readonly SuppressionReason[]>> {
    return this.store.suppressions.reasonsOf(channel, addresses, this.clock.now());
  }

  /** @internal A receiver said that an address does not exist. Nothing is thrown: the next attempt finds it out again. */
  async bounced(channel: string, address: string, detail: string): Promise<void> {
    const note = detail.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').slice(0, SUPPRESSION_NOTE_CHARACTERS);
    try {
      await this.suppress({ channel, address, reason: 'hard_bounce', note });
    } catch (error) {
      this.events.emit('failed', { where: 'suppressing an address', error });
    }
  }
}
