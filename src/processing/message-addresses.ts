import { type CancelReason } from '../model/failure.js';
import { type ClaimedMessage } from '../model/message.js';

/** A message with the address to send it to, or why it is not sent. */
export type AddressedMessage =
  | { readonly message: ClaimedMessage }
  /** It ends as cancelled. */
  | { readonly cancelled: CancelReason }
  /** Its address is not known now: it is claimed again after this time, and no attempt is consumed. */
  | { readonly deferredMs: number; readonly why: string };

/** Finds the addresses of messages whose receiver is looked up only when they are sent. */
export abstract class MessageAddresses {
  /** One answer for each message, in the same order; at once when none is looked up. It does not reject. */
  abstract of(messages: readonly ClaimedMessage[]): readonly AddressedMessage[] | Promise<readonly AddressedMessage[]>;
}
