import { type FieldError, InvalidRequestError } from '../../model/errors.js';
import { isPlainObject } from '../../model/field-checks.js';
import { type Choice } from '../../model/recipient.js';
import { OFFERED_FREQUENCIES, type OfferedFrequency } from '../../recipients/subscriptions.js';
import { type SubscriptionChange } from '../../recipients/unsubscribe.service.js';

/** Most types and choices that a form is read with. */
const MAX_ITEMS = 500;
/** Begins the name of a type's switch. */
export const SWITCH = 'on.';

/** A form, or a request of a mail provider. */
type UnsubscribeRequest = { readonly isOneClick: boolean; readonly change: SubscriptionChange };

/**
 * Reads the fields of a POST. One click is `List-Unsubscribe=One-Click` and nothing else (RFC 8058 §3.1); the page's forms have an `action`.
 *
 * @param channel of the link: it changes nothing else
 * @throws InvalidRequestError
 */
export function unsubscribeRequest(fields: ReadonlyMap<string, string>, channel: string): UnsubscribeRequest {
  if (isOneClick(fields)) return { isOneClick: true, change: { action: 'unsubscribe' } };
  switch (fields.get('action')) {
    case 'unsubscribe':
    case 'all_off':
      return { isOneClick: false, change: { action: fields.get('action') === 'all_off' ? 'all_off' : 'unsubscribe' } };
    case 'save':
      return { isOneClick: false, change: saving(fields) };
    case 'restore':
      return { isOneClick: false, change: { action: 'restore', choices: choicesOf(fields.get('choices') ?? '', channel) } };
    default:
      throw refusal('body', 'must be List-Unsubscribe=One-Click, or a form of the page');
  }
}

export function isOneClick(fields: ReadonlyMap<string, string>): boolean {
  return fields.size === 1 && fields.get('List-Unsubscribe') === 'One-Click';
}

function saving(fields: ReadonlyMap<string, string>): SubscriptionChange {
  const shown = (fields.get('shown') ?? '').split(' ').filter((type) => type !== '');
  if (shown.length > MAX_ITEMS) throw refusal('shown', `must name at most ${MAX_ITEMS} types`);
  const wanted = new Set(shown.filter((type) => fields.has(SWITCH + type)));
  return { action: 'save', shown, wanted, frequency: frequencyOf(fields.get('frequency')) };
}

function frequencyOf(given: string | undefined): OfferedFrequency | undefined {
  if (given === undefined || given === 'keep') return undefined;
  const frequency = OFFERED_FREQUENCIES.find((offered) => offered === given);
  if (frequency === undefined) throw refusal('frequency', `must be one of ${OFFERED_FREQUENCIES.join(', ')}`);
  return frequency;
}

/** What the page wrote itself; each choice is checked again when it is stored. */
function choicesOf(text: string, channel: string): readonly Choice[] {
  const choices = parsed(text);
  if (!Array.isArray(choices) || choices.length > MAX_ITEMS) throw refusal('choices', 'must be what the page has in its form');
  return choices.map((choice: unknown) => {
    if (isPlainObject(choice) && choice['channel'] === channel) return choice as unknown as Choice;
    throw refusal('choices', `must be choices of the channel ${channel}`);
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function refusal(path: string, message: string): InvalidRequestError {
  const error: FieldError = { path, message };
  return new InvalidRequestError([error]);
}
