import { beforeAll, describe, expect, it } from '@jest/globals';
import MailComposer from 'nodemailer/lib/mail-composer';
import { type ClaimedMessage } from '../../src/model/message.js';
import { MailWriter } from '../../src/transports/email/mail-writer.js';
import { claimedMessage } from '../support/claimed-message.js';
import { mailOctets, outgoing } from '../support/email.js';
import { Rspamd } from '../support/rspamd.js';

const FROM = 'Notifications <notifications@example.com>';
const TYPES = ['system_update', 'approval_request', 'alert', 'reminder', 'announcement'];
const MAILS: readonly (readonly [name: string, message: ClaimedMessage])[] = [
  ...TYPES.map((type) => [`one ${type}`, claimedMessage([{ type, title: `A ${type}`, body: 'Somebody should look.' }])] as const),
  ...TYPES.map(
    (type) =>
      [
        `a digest of ${type}`,
        claimedMessage(
          Array.from({ length: 30 }, (_, i) => ({
            type,
            title: `Number ${i}`,
            body: `Some words about number ${i}.\n`.repeat(3),
            data: { url: `https://example.com/things/${i}` },
            actor: { id: String(i % 3), name: ['Ann', 'Bob', 'Çelik'][i % 3] ?? '' },
          })),
        ),
      ] as const,
  ),
  ['other scripts', claimedMessage([{ title: 'Größe 東京 👩‍👩‍👧‍👦', body: 'Ünïcödé in every lïne.\n'.repeat(20) }])],
  ['long lines', claimedMessage([{ title: 'Long', body: 'word '.repeat(2_000) }])],
];

describe('rspamd', () => {
  let rspamd: Rspamd;
  beforeAll(async () => (rspamd = await Rspamd.start()));

  it.each(MAILS)('scores ours no worse than nodemailer’s: %s', async (_, message) => {
    const mail = outgoing(message);
    const ours = mailOctets(new MailWriter(FROM).mail(mail).write()).toString();
    const theirs = await byNodemailer(ours, mail.content);
    const [own, other] = [await rspamd.check(ours), await rspamd.check(theirs)];
    const worse = Object.entries(own.symbols).filter(([name, score]) => score > (other.symbols[name] ?? 0));
    expect({ worse, more: own.score > other.score + 1e-6 }).toEqual({ worse: [], more: false });
  });
});

/** The same mail: same headers, same parts. */
async function byNodemailer(ours: string, content: ReturnType<typeof outgoing>['content']): Promise<string> {
  const header = (name: string): string => new RegExp(`^${name}: (.*)\r\n`, 'm').exec(ours)?.[1] ?? '';
  const composer = new MailComposer({
    from: FROM,
    to: header('To'),
    subject: content.subject,
    messageId: header('Message-ID'),
    date: new Date(header('Date')),
    text: content.text,
    html: content.html,
    headers: content.headers,
    newline: 'windows',
  });
  return (await composer.compile().build()).toString('latin1');
}
