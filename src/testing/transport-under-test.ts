import { type Transport } from '../transports/transport.js';

/** The parts of a test runner that the suite needs: those of Jest, of vitest, or of any other of their kind. */
export interface TransportSuiteRunner {
  /** The runner's own. */
  readonly describe: (name: string, body: () => void) => unknown;
  /** The runner's own. */
  readonly it: (name: string, body: () => Promise<void>) => unknown;
  /** The runner's own. */
  readonly expect: (actual: unknown) => { toEqual(expected: unknown): unknown };
}

/**
 * What the receiver does with a message: it accepts it, refuses it for good, asks to come back later, or takes it and does not answer while the test
 * lasts.
 */
export type ReceiverAnswer = 'accept' | 'refuse' | 'later' | 'hang';

/** What the suite must know of a transport. */
export interface TransportSuiteSettings {
  /** What the receiver can be made to do. Defaults to all; a transport that has no receiver elsewhere only accepts. */
  readonly answers?: readonly ReceiverAnswer[];
}

/** A transport, a receiver that the test made, and what the suite must know of both. */
export interface TransportUnderTest<Content = unknown> {
  /** A new one for each test. */
  readonly transport: Transport<Content>;
  /** The channel that it is registered for. */
  readonly channel: string;
  /** A valid address, another one for each number from 0. */
  readonly addressOf: (number: number) => string;
  /** What the channel's formatter would make of a text. It is called with hostile texts too. */
  readonly contentOf: (text: string) => Content;
  /** From now on the receiver does this with a message for an address. */
  answerWith(answer: (address: string) => ReceiverAnswer): void;
  /** Messages that reached the receiver so far, those that it did not accept included; of one that was repeated each time. */
  received(): number;
  /** Credentials of the transport, which must show nowhere. */
  readonly secrets: readonly string[];
  /** Ends the receiver and all its connections. The suite closes the transport. */
  discard(): Promise<void>;
}
