import { Injectable } from '@nestjs/common';
import {
  NotificationTransport,
  type OutgoingMessage,
  type SendContext,
  type SendResult,
  type Transport,
} from '../../src/index.js';
import { ACCEPTED, failed } from '../http-call.js';
import { gsmOctets, segmentsOf } from '../sms/sms-text.js';
import { SmppConnection, SmppGone, SmppRefused, type SmppSettings } from './smpp-connection.js';
import { COMMANDS, text } from './smpp-pdu.js';

/** More segments cost more than they tell. */
const MOST_SEGMENTS = 3;
/** Type of number: international (§5.2.5), alphanumeric; its plan: E.164 (§5.2.6). */
const INTERNATIONAL = 1;
const ALPHANUMERIC = 5;
const E164 = 1;
const UCS2 = 8;
/** The text stands in its own field, however long it is (§5.3.2.32). */
const MESSAGE_PAYLOAD = 0x0424;

/** Sends short messages to a message centre by SMPP 3.4, over one connection. An address is a number like +4312345678. */
@Injectable()
@NotificationTransport('smpp')
export class SmppTransport implements Transport<string> {
  readonly batching = true;
  readonly #settings: SmppSettings;
  private connection: Promise<SmppConnection> | undefined;

  /** @param sender up to eleven letters, or a number */
  constructor(
    settings: SmppSettings,
    private readonly sender: string,
  ) {
    this.#settings = settings;
  }

  validateAddress(address: string): string | undefined {
    return /^\+[1-9]\d{7,14}$/.test(address) ? undefined : 'must be a number like +4312345678';
  }

  async send(messages: readonly OutgoingMessage<string>[], { signal, accepted }: SendContext): Promise<readonly SendResult[]> {
    return Promise.all(
      messages.map(async ({ message, content }) => {
        const result = await this.submit(message.address, content.toWellFormed(), signal);
        if (result.status === 'accepted') accepted?.(message);
        return result;
      }),
    );
  }

  async close(): Promise<void> {
    const connection = await this.connection?.catch(() => undefined);
    this.connection = undefined;
    await connection?.close();
  }

  private async submit(address: string, content: string, signal: AbortSignal): Promise<SendResult> {
    if (signal.aborted) return failed('deferred', 'interrupted', 'it was not attempted');
    const segments = segmentsOf(content);
    if (segments > MOST_SEGMENTS) return failed('permanent', 'content_rejected', `it has ${segments} segments`);
    try {
      const connection = await this.bound();
      const { status } = await connection.request(COMMANDS.submitSm, this.bodyOf(address, content), signal);
      return resultOf(status);
    } catch (error) {
      if (error instanceof SmppRefused) return failed('channel_unavailable', 'credentials_rejected', error.message);
      if (error instanceof SmppGone && error.sent) return failed('uncertain', 'uncertain', 'the message centre did not answer');
      return failed('retry', 'connection_failed', 'the message centre cannot be reached');
    }
  }

  private async bound(): Promise<SmppConnection> {
    const known = await this.connection?.catch(() => undefined);
    if (known?.isOpen === true) return known;
    // Those who waited for the same one that ended make one connection together.
    this.connection = this.connecting(known);
    return this.connection;
  }

  private replaced: { readonly old: SmppConnection | undefined; readonly by: Promise<SmppConnection> } | undefined;

  private connecting(old: SmppConnection | undefined): Promise<SmppConnection> {
    if (this.replaced !== undefined && this.replaced.old === old) return this.replaced.by;
    const by = SmppConnection.bind(this.#settings);
    this.replaced = { old, by };
    const forget = (): void => {
      if (this.replaced?.by === by) this.replaced = undefined;
    };
    by.then(forget, forget);
    return by;
  }

  /** §4.4.1 */
  private bodyOf(address: string, content: string): Buffer {
    const isNumber = /^\+?\d+$/.test(this.sender);
    const gsm = gsmOctets(content);
    const payload = gsm ?? Buffer.from(content, 'utf16le').swap16();
    const field = Buffer.alloc(4);
    field.writeUInt16BE(MESSAGE_PAYLOAD, 0);
    field.writeUInt16BE(payload.length, 2);
    return Buffer.concat([
      text(''),
      Buffer.from(isNumber ? [INTERNATIONAL, E164] : [ALPHANUMERIC, 0]),
      text(this.sender.replace('+', '')),
      Buffer.from([INTERNATIONAL, E164]),
      text(address.slice(1)),
      // Class, protocol, priority; at once, for as long as the centre keeps messages; no receipt, no replacement, the coding, no predefined text, no text here.
      Buffer.from([0, 0, 0]),
      text(''),
      text(''),
      Buffer.from([0, 0, gsm === undefined ? UCS2 : 0, 0, 0]),
      field,
      payload,
    ]);
  }
}

/** §5.1.3 */
function resultOf(status: number): SendResult {
  const said = `the message centre answered 0x${status.toString(16)}`;
  switch (status) {
    case 0x00:
      return ACCEPTED;
    // Invalid address or type of number of the receiver; unknown to the centre.
    case 0x0b:
    case 0x50:
    case 0x51:
      return failed('permanent', 'address_rejected', said);
    // The queue is full; throttled.
    case 0x14:
    case 0x58:
      return failed('retry', 'rate_limited', said);
    // Not bound, a bad password, a bad system id, a bad sender.
    case 0x04:
    case 0x0a:
    case 0x0e:
    case 0x0f:
      return failed('channel_unavailable', 'credentials_rejected', said);
    // A system error; the receiver cannot be reached now.
    case 0x08:
    case 0x45:
    case 0x64:
      return failed('retry', 'temporarily_refused', said);
    default:
      return failed('permanent', 'content_rejected', said);
  }
}
