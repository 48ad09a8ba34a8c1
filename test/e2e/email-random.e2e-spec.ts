import { afterEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type EmailContent } from '../../src/transports/email/email-content.js';
import { type OutgoingMessage, type SendResult } from '../../src/transports/transport.js';
import { claimedMessage } from '../support/claimed-message.js';
import { EmailBench } from '../support/email.js';
import { SMTP_MODES, type SmtpMode, type SmtpPhase } from '../support/smtp-script.js';

const bench = new EmailBench();
afterEach(() => bench.stop());

/** `npm run check:long` meets more of them. */
const RUNS = Number(process.env['SMTP_RUNS'] ?? 60);

/** What the server does at one phase of the n-th mail that it sees, over all sessions. */
interface Fault {
  readonly mail: number;
  readonly phase: SmtpPhase;
  readonly reaction: string;
}

const CUTS = ['cut', 'reset', 'hello?', '421 4.3.2 closing'];
const REFUSALS = ['450 4.2.0 later', '452 4.3.1 no room', '550 5.1.1 no', '554 5.7.1 spam', '552 5.3.4 too big'];
const fault: fc.Arbitrary<Fault> = fc.record({
  mail: fc.integer({ min: 1, max: 25 }),
  phase: fc.constantFrom<SmtpPhase>('MAIL', 'RCPT', 'DATA', 'BDAT', 'CONTENT', 'RSET'),
  reaction: fc.constantFrom(...CUTS, ...REFUSALS, ...REFUSALS),
});
/** What happens to RSET is that it is answered positively (RFC 5321 §4.3.2), or that the connection ends; BDAT is refused when its content came. */
const possible = ({ phase, reaction }: Fault): boolean =>
  !(REFUSALS.includes(reaction) && (phase === 'RSET' || phase === 'BDAT')) &&
  !(phase === 'BDAT' && /^(?:421|hello)/.test(reaction));
/** Readers of each mail; those of the same mail get it as one. */
const sizes = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 20 });

interface Outcome {
  readonly results: readonly SendResult[];
  readonly addresses: readonly string[];
  /** Contents that the server answered positively, and those whose answer broke off: who got which. */
  readonly taken: readonly { readonly recipients: readonly string[]; readonly content: string }[];
  readonly isCut: boolean;
}

async function outcome(mode: SmtpMode, readers: readonly number[], faults: readonly Fault[]): Promise<Outcome> {
  let mail = 0;
  let isArmed = false;
  const isCut = faults.some(({ reaction }) => CUTS.includes(reaction));
  const server = await bench.script(
    ({ phase }) => {
      if (!isArmed) return undefined;
      if (phase === 'MAIL') mail++;
      return faults.find((at) => at.mail === mail && at.phase === phase)?.reaction;
    },
    { mode },
  );
  const transport = bench.transport(server.url, { poolSize: 1 });
  const context = { lane: 'normal', signal: new AbortController().signal } as const;
  const outgoing = readers.flatMap((count, number): OutgoingMessage<EmailContent>[] =>
    Array.from({ length: count }, (_, reader) => ({
      message: claimedMessage([{}], { address: `r${reader}@m${number}.example` }),
      content: { subject: `for m${number}`, text: `.\nfor m${number}\n`, html: '<p>ü</p>', headers: {}, shared: true },
    })),
  );
  // With a mail before, several are in flight by BDAT.
  await transport.send([{ message: claimedMessage(), content: { subject: 's', text: 't', html: 'h', headers: {} } }], context);
  isArmed = true;
  const results = await transport.send(outgoing, context);
  await bench.stop();
  return { results, addresses: outgoing.map(({ message }) => message.address), taken: server.taken.slice(1), isCut };
}

describe.each(SMTP_MODES)('random replies and cuts, %s', (mode) => {
  it('G3 G6 every mail ends in exactly one state, which is the right one', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, fc.array(fault.filter(possible), { maxLength: 8 }), async (readers, faults) => {
        const { results, addresses, taken, isCut } = await outcome(mode, readers, faults);
        expect(results).toHaveLength(addresses.length);
        const times = new Map<string, number>();
        for (const { recipients, content } of taken) {
          const said = /^Subject: for (m\d+)\r$/m.exec(content)?.[1];
          for (const address of recipients) {
            expect(address.split('@')[1]).toBe(`${said ?? 'nobody'}.example`);
            times.set(address, (times.get(address) ?? 0) + 1);
          }
        }
        for (const [index, result] of results.entries()) {
          const state = result.status === 'accepted' ? 'accepted' : result.kind;
          const took = times.get(addresses[index] ?? '') ?? 0;
          expect(took).toBeLessThanOrEqual(1);
          if (state === 'accepted') expect(took).toBe(1);
          else if (took === 1) expect(state).toBe('uncertain');
          else expect(['retry', 'permanent', ...(isCut ? ['uncertain'] : [])]).toContain(state);
        }
      }),
      { numRuns: RUNS },
    );
  });
});
