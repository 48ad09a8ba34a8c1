import { type FieldError, InvalidRequestError } from '../model/errors.js';
import { SUPPRESSION_NOTE_CHARACTERS, SUPPRESSION_REASONS, type SuppressionReason } from '../model/suppression.js';
import { type TransportRegistry } from '../transports/transport-registry.js';

const ONE_LINE = /^[^\p{Cc}\u2028\u2029]*$/u;

/** The same with the address in its canonical form. @throws InvalidRequestError for an unknown channel, and an address that is none of it */
export function checkedAddress(
  transports: TransportRegistry,
  to: { readonly channel: string; readonly address: string },
): { readonly channel: string; readonly address: string } {
  const wanted = transports.canonicalFilter(to, ['channel', 'address']);
  const problem = to.address === '' ? 'must not be empty' : transports.addressProblem(to.channel, to.address);
  if (problem !== undefined) throw new InvalidRequestError([{ path: 'address', message: problem }]);
  return wanted;
}

/** @throws InvalidRequestError naming each field that is wrong */
export function checkFields({ reason, note }: { readonly reason?: unknown; readonly note?: unknown }): void {
  const errors: FieldError[] = [];
  if (reason !== undefined && !SUPPRESSION_REASONS.includes(reason as SuppressionReason)) {
    errors.push({ path: 'reason', message: `got ${JSON.stringify(reason)}; must be one of ${SUPPRESSION_REASONS.join(', ')}` });
  }
  const isNote = typeof note === 'string' && note.length <= SUPPRESSION_NOTE_CHARACTERS && ONE_LINE.test(note);
  if (note !== undefined && !isNote) {
    errors.push({ path: 'note', message: `must be one line of at most ${SUPPRESSION_NOTE_CHARACTERS} characters` });
  }
  if (errors.length > 0) throw new InvalidRequestError(errors);
}
