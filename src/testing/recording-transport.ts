import { type ClaimedMessage } from '../model/message.js';
import { type OutgoingMessage, type SendResult, type Transport } from '../transports/transport.js';

/** One message as a transport was given it. */
export interface RecordedMessage<Content = unknown> {
  /** The same on every attempt. */
  readonly messageId: string;
  /** The channel that it went out on. */
  readonly channel: string;
  /** Where it went on that channel. */
  readonly address: string;
  /** The type of its deliveries. */
  readonly type: string;
  /** Which try this was, from 1. */
  readonly attempt: number;
  /** Of its entries, in the order of acceptance. */
  readonly titles: readonly string[];
  /** What the channel's formatter made of it. */
  readonly content: Content;
  /** All that the transport was told. */
  readonly message: ClaimedMessage;
}

/** What a recording transport says of a message. A promise keeps it in flight until it resolves. */
export type Answer<Content = unknown> = (message: RecordedMessage<Content>) => SendResult | Promise<SendResult>;

const ACCEPTED: SendResult = { status: 'accepted' };

/** A transport that sends nothing and keeps what it was given. It accepts everything unless told otherwise. */
export class RecordingTransport<Content = unknown> implements Transport<Content> {
  /** Every message at every attempt, oldest first. */
  readonly tried: RecordedMessage<Content>[] = [];
  /** Those it accepted, oldest first. */
  readonly sent: RecordedMessage<Content>[] = [];
  private answer: Answer<Content> = () => ACCEPTED;
  private waiting = 0;

  /** @param model whose addresses and ways of sending it takes over; without one it takes any address, and batches */
  constructor(private model?: Transport<Content>) {}

  get batching(): boolean {
    return this.model === undefined || this.model.batching === true;
  }

  get ephemeral(): boolean {
    return this.model?.ephemeral === true;
  }

  /** Of the channel's own transport, where its channel has many receivers. */
  endpointOf(address: string): string | undefined {
    return this.model?.endpointOf?.(address);
  }

  /** Messages that it has not answered for yet. */
  get inFlight(): number {
    return this.waiting;
  }

  validateAddress(address: string): string | undefined {
    return this.model?.validateAddress?.(address);
  }

  canonicalAddress(address: string): string {
    return this.model?.canonicalAddress?.(address) ?? address;
  }

  /** From now on it is like this one. */
  imitate(model: Transport<Content>): void {
    this.model = model;
  }

  /** From now on it says this. */
  answerWith(answer: Answer<Content>): void {
    this.answer = answer;
  }

  /** Accepts everything again, and forgets what it was given. */
  reset(): void {
    this.answer = () => ACCEPTED;
    this.tried.length = 0;
    this.sent.length = 0;
  }

  /** Keeps the messages, and answers as `answerWith` said. */
  async send(messages: readonly OutgoingMessage<Content>[]): Promise<readonly SendResult[]> {
    this.waiting += messages.length;
    try {
      return await Promise.all(messages.map((outgoing) => this.record(outgoing)));
    } finally {
      this.waiting -= messages.length;
    }
  }

  private async record({ message, content }: OutgoingMessage<Content>): Promise<SendResult> {
    const { messageId, channel, address, type, attempt, entries } = message;
    const titles = entries.map((entry) => entry.content.title);
    const recorded = { messageId, channel, address, type, attempt, titles, content, message };
    this.tried.push(recorded);
    const result = await this.answer(recorded);
    if (result.status === 'accepted') this.sent.push(recorded);
    return result;
  }
}
