import { MAX_ERRORS } from '../../model/delivery.js';
import { type Failure } from '../../model/failure.js';
import { type SendResult } from '../transport.js';
import { type PlannedMail } from './mail-plan.js';

/**
 * The result of a mail's reader, with the copies that the server refused while it took the mail.
 *
 * @param ofMail results of all recipients: of those who have a message, and then of the copies
 */
export function withCopies(
  result: SendResult | undefined,
  planned: PlannedMail | undefined,
  ofMail: readonly (SendResult | undefined)[],
): SendResult | undefined {
  if (result?.status !== 'accepted' || planned?.mail.copies !== true) return result;
  const refused = ofMail.flatMap((copy, recipient): readonly Failure[] => {
    if (copy?.status !== 'failed' || recipient < planned.places.length) return [];
    const { reason, message } = copy.failure;
    return [{ reason, message: `the copy to ${planned.mail.to[recipient] ?? ''} was refused: ${message}` }];
  });
  return refused.length === 0 ? result : { ...result, refused: bounded(refused) };
}

/** As many as are stored; the last one counts the rest. */
function bounded(refused: readonly Failure[]): readonly Failure[] {
  const [first] = refused.slice(MAX_ERRORS - 1);
  if (first === undefined || refused.length <= MAX_ERRORS) return refused;
  const more = refused.length - MAX_ERRORS + 1;
  return [...refused.slice(0, MAX_ERRORS - 1), { reason: first.reason, message: `${more} more copies were refused` }];
}
