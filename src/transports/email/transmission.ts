import { type SendResult } from '../transport.js';
import { type SmtpFault } from './smtp-failure.js';

/** A fault without the reply that may have caused it. */
export type LineFault = Pick<SmtpFault, 'code' | 'message'>;

/** Some mails over one session. */
export interface Transmission {
  start(): void;
  /** @returns whether the session goes on */
  replied(code: number, text: string): boolean;
  /** The connection broke, or nobody waits any longer. */
  lost(fault: LineFault): void;
  /** Writes no further mail. @returns whether mails are in flight that are worth waiting for; absent: none */
  stop?(): boolean;
}

/** Who is told what becomes of the mails of a transmission. */
export interface TransmissionListener {
  /** The server took this mail just now. */
  taken(index: number, results: readonly (SendResult | undefined)[]): void;
  /** Called once, with the results of the mails that were tried: the first ones, one result a recipient. */
  ended(results: readonly (readonly SendResult[])[]): void;
  /** Takes secrets out of a server's words. */
  redact(text: string): string;
}

/** @param text of the reply, without secrets: most servers say there how their own queue calls the mail */
export function accepted(code: number, text: string): SendResult {
  return { status: 'accepted', answer: text === '' ? String(code) : text };
}
