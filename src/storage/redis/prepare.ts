import { arrivalAt } from '../../model/decisions/arrival-plan.js';
import { windowKey } from '../../model/decisions/window-key.js';
import { fingerprintOfParts } from '../../model/fingerprint.js';
import { partsOf } from '../acceptance-parts.js';
import { type Acceptance } from '../notification-store.js';
import { type PreparedArrival } from './arrival.js';
import { hashOf } from './keys.js';

/** One notification as it was said: nothing of it changes with the caller's object. */
export interface Prepared extends PreparedPart {
  readonly also?: readonly PreparedPart[];
  readonly idempotency: { readonly key: string; readonly hash: string; readonly fingerprint: string } | undefined;
}

/** The same on one of its channels. */
export interface PreparedPart extends Omit<Acceptance, 'also'> {
  readonly bytes: readonly Buffer[];
  readonly notBefore: number | undefined;
  /** By address: how it goes, and the group that it gathers in. */
  readonly arrivals: readonly PreparedArrival[];
}

/** @throws TypeError for content that is no JSON */
export function prepare(acceptance: Acceptance, now: number): Prepared {
  const [first, ...also] = partsOf(acceptance).map((part) => preparePart(part, now));
  if (first === undefined) throw new TypeError('a notification without a channel');
  const { idempotencyKey } = first.content;
  return {
    ...first,
    ...(also.length === 0 ? {} : { also }),
    idempotency:
      idempotencyKey === undefined
        ? undefined
        : { key: idempotencyKey, hash: hashOf(idempotencyKey), fingerprint: hashOf(fingerprintOfParts([first, ...also])) },
  };
}

function preparePart({ also: _others, ...part }: Acceptance, now: number): PreparedPart {
  const content = JSON.parse(JSON.stringify(part.content)) as Acceptance['content'];
  const { addresses, attachments = [] } = part;
  const { sendAt } = content;
  const notBefore = sendAt !== undefined && sendAt > now ? sendAt : undefined;
  return {
    ...part,
    content,
    addresses: [...addresses],
    bytes: attachments.map((bytes) => Buffer.from(bytes)),
    notBefore,
    arrivals: addresses.map((address, index) => {
      const arrival = arrivalAt(part, index, now);
      const { rule, alone } = arrival;
      return { ...arrival, address, baseKey: rule && windowKey(content, address, rule.policy, notBefore, alone) };
    }),
  };
}
