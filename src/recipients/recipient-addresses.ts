import { Inject, Injectable } from '@nestjs/common';
import { NOTIFICATION_OPTIONS, type ResolvedOptions } from '../config/options.js';
import { Clock } from '../model/clock.js';
import { type CancelReason } from '../model/failure.js';
import { type ClaimedMessage } from '../model/message.js';
import { recipientIdOf } from '../model/recipient.js';
import { isStopped } from '../model/suppression.js';
import { type AddressedMessage, MessageAddresses } from '../processing/message-addresses.js';
import { NotificationStore } from '../storage/notification-store.js';
import { TransportRegistry } from '../transports/transport-registry.js';
import { addressOn } from './recipient-address.js';
import { ASK_AGAIN_MS, RecipientCache } from './recipient-cache.js';
import { type RecipientPlanner } from './recipient-planner.js';
import { RecipientRecords } from './recipient-records.js';

/**
 * Looks up where recipients are reached just before their messages are sent, so that an address that changed needs no repair. What its recipient no
 * longer wants is cancelled here too: preferences may have changed where nobody could be told.
 */
@Injectable()
export class RecipientAddresses extends MessageAddresses {
  private readonly required: ReadonlySet<string>;

  constructor(
    private readonly records: RecipientRecords,
    private readonly cache: RecipientCache,
    private readonly transports: TransportRegistry,
    private readonly store: NotificationStore,
    private readonly clock: Clock,
    @Inject(NOTIFICATION_OPTIONS) { recipients }: Pick<ResolvedOptions, 'recipients'>,
  ) {
    super();
    this.required = new Set(recipients.required);
  }

  of(messages: readonly ClaimedMessage[]): readonly AddressedMessage[] | Promise<readonly AddressedMessage[]> {
    const ids = this.records.isOn ? messages.flatMap(({ address }) => recipientIdOf(address) ?? []) : [];
    if (ids.length === 0) return messages.map((message) => ({ message }));
    return this.lookUp(messages, [...new Set(ids)]);
  }

  private async lookUp(messages: readonly ClaimedMessage[], ids: readonly string[]): Promise<readonly AddressedMessage[]> {
    const planners = await this.cache.plannersOf(ids);
    const addressed = messages.map((message) => {
      const id = recipientIdOf(message.address);
      const planner = id === undefined ? undefined : planners.get(id);
      return planner === undefined ? { message } : this.addressed(message, planner);
    });
    return this.withoutSuppressed(addressed);
  }

  /** The store stops what is for an address that it knows; those that were looked up are checked here. */
  private async withoutSuppressed(addressed: readonly AddressedMessage[]): Promise<readonly AddressedMessage[]> {
    const found = addressed.flatMap((one) => ('message' in one && one.message.recipient !== undefined ? [one.message] : []));
    const [first] = found;
    if (first === undefined) return addressed;
    const addresses = [...new Set(found.map(({ address }) => address))];
    const reasons = await this.store.suppressions.reasonsOf(first.channel, addresses, this.clock.now()).catch(() => undefined);
    const isStoppedNow = ({ address, entries }: ClaimedMessage): boolean =>
      entries.every(({ content: { type, priority } }) =>
        isStopped(reasons?.get(address) ?? [], { isCritical: priority === 'critical', isRequired: this.required.has(type) }),
      );
    if (reasons === undefined) return addressed.map((one) => ('message' in one ? STORE_FAILED : one));
    return addressed.map((one) =>
      'message' in one && one.message.recipient !== undefined && isStoppedNow(one.message) ? { cancelled: 'suppressed' } : one,
    );
  }

  private addressed(message: ClaimedMessage, planner: RecipientPlanner): AddressedMessage {
    if (planner.isUnplanned) return { deferredMs: ASK_AGAIN_MS, why: 'the directory of recipients does not answer' };
    const { channel } = message;
    const reason = cancelledBy(message, planner);
    if (reason !== undefined) return { cancelled: reason };
    const { recipient } = planner;
    const address = addressOn(recipient, channel);
    if (address === undefined || this.transports.addressProblem(channel, address) !== undefined)
      return { cancelled: 'no_address' };
    const { id, name, tenant, locale, timeZone } = recipient;
    return {
      message: {
        ...message,
        address: this.transports.canonicalAddress(channel, address),
        recipient: { id, ...(name === undefined ? {} : { name }), ...(tenant === undefined ? {} : { tenant }) },
        readerSettings: { ...(locale === undefined ? {} : { locale }), ...(timeZone === undefined ? {} : { timeZone }) },
      },
    };
  }
}

const STORE_FAILED: AddressedMessage = { deferredMs: 1_000, why: 'the store does not say which addresses are suppressed' };

/** Why nothing of a message comes; undefined when something does. A digest is sent as it is while one of its entries is wanted. */
function cancelledBy({ channel, entries }: ClaimedMessage, planner: RecipientPlanner): CancelReason | undefined {
  let first: CancelReason | undefined;
  for (const { content } of entries) {
    const reason = planner.cancels({ type: content.type, channel, groupKey: content.groupKey });
    if (reason === undefined) return undefined;
    first ??= reason;
  }
  return first;
}
