import { Injectable } from '@nestjs/common';
import { isOneLine } from '../model/field-checks.js';
import { MAX_RECIPIENT_ID, recipientIdOf } from '../model/recipient.js';
import { TransportRegistry } from '../transports/transport-registry.js';
import { RecipientRecords } from './recipient-records.js';

/** What may stand in `to`: the addresses of a channel, and `user:ID` where there are recipients. */
@Injectable()
export class ChannelAddresses {
  constructor(
    private readonly transports: TransportRegistry,
    private readonly records: RecipientRecords,
  ) {}

  channels(): readonly string[] {
    return this.transports.channels();
  }

  missingFor(channel: string): string | undefined {
    return this.transports.missingFor(channel);
  }

  addressProblem(channel: string, address: string): string | undefined {
    const id = this.recipientId(address);
    if (id === undefined) return this.transports.addressProblem(channel, address);
    return isOneLine(id, MAX_RECIPIENT_ID)
      ? undefined
      : `must be user:ID with an id of 1..${MAX_RECIPIENT_ID} characters in one line`;
  }

  canonicalAddress(channel: string, address: string): string {
    return this.recipientId(address) === undefined ? this.transports.canonicalAddress(channel, address) : address;
  }

  namesRecipient(address: string): boolean {
    return this.recipientId(address) !== undefined;
  }

  private recipientId(address: string): string | undefined {
    return this.records.isOn ? recipientIdOf(address) : undefined;
  }
}
