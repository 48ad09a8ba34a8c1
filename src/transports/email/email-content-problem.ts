import { emailAddressProblem, addressOf } from './email-address.js';

/**
 * Why the addresses that a formatter of the host's put into a mail cannot stand in one; undefined when they can. A line break in one would be a header,
 * or a command to the server, of somebody else's making.
 */
export function emailContentProblem(content: unknown): string | undefined {
  if (typeof content !== 'object' || content === null) return undefined;
  const { replyTo, cc, bcc } = content as Readonly<Record<string, unknown>>;
  if (replyTo !== undefined) {
    const problem = typeof replyTo === 'string' ? mailboxProblem(replyTo) : 'is not a text';
    if (problem !== undefined) return `its replyTo ${problem}`;
  }
  for (const [name, list] of Object.entries({ cc, bcc })) {
    if (list === undefined) continue;
    if (!Array.isArray(list)) return `its ${name} is not a list`;
    for (const address of list as readonly unknown[]) {
      const problem = typeof address === 'string' ? emailAddressProblem(address) : 'is not a text';
      if (problem !== undefined) return `an address of its ${name} ${problem}`;
    }
  }
  return undefined;
}

/** The name may be anything: it is quoted or encoded. */
function mailboxProblem(mailbox: string): string | undefined {
  return emailAddressProblem(addressOf(mailbox));
}
