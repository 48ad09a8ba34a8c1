import { createEmailFormatter } from '../../dist/formatting/email/email.formatter.js';
import { type ClaimedMessage, type MessageEntry } from '../../dist/model/message.js';
import { type EmailContent } from '../../dist/transports/email/email-content.js';
import { MailWriter } from '../../dist/transports/email/mail-writer.js';
import { median } from './table.ts';

const START_AT = Date.UTC(2026, 10, 24, 6, 8);
const TEXT = 'A line of a notification that somebody reads.\n'.repeat(16);
const TYPES = ['alert', 'comment', 'build_failed', 'reminder', 'announcement'];
const NAMES = ['Ann Keller', 'Bob Okafor', 'Cleo Duarte'];
const WORDS = 'disk build server deploy review order invoice comment budget release database queue worker host cache'.split(' ');
const ROUNDS = 15;
const ROUND_MS = 200;

/** Processor time of a mail from its message to its octets: of one notification, and of digests of so many entries. */
export function run(): void {
  const formatter = createEmailFormatter({ brandName: 'example.com' });
  const writer = new MailWriter('Notifications <notifications@example.com>');
  const compose = (message: ClaimedMessage): void => {
    const content: EmailContent = formatter.format(message);
    writer.mail({ message, content }).write();
  };
  for (const entries of [1, 10, 50, 1_000]) {
    const messages = Array.from({ length: Math.ceil(1_000 / entries) }, (_, i) => messageOf(i, entries));
    const micros = median(Array.from({ length: ROUNDS }, () => microsOf(messages, compose)));
    console.log(`  ${entries.toLocaleString('en').padStart(5)} entries: ${micros.toFixed(1).padStart(8)} µs a mail`);
  }
}

function microsOf(messages: readonly ClaimedMessage[], compose: (message: ClaimedMessage) => void): number {
  const before = process.cpuUsage();
  const endAt = performance.now() + ROUND_MS;
  let composed = 0;
  for (; performance.now() < endAt; composed += messages.length) for (const message of messages) compose(message);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / composed;
}

function messageOf(number: number, count: number): ClaimedMessage {
  return {
    messageId: `m-${number}`,
    channel: 'email',
    address: `reader-${number}@example.com`,
    type: 'announcement',
    priority: 'normal',
    lane: 'normal',
    attempt: 1,
    openedAt: START_AT,
    queuedAt: START_AT + 1_000 * number,
    entries: count === 1 ? [single(number)] : Array.from({ length: count }, (_, i) => entryOf(number * count + i)),
  };
}

function single(number: number): MessageEntry {
  const content = { type: 'announcement', channel: 'email', title: `Number ${number}`, body: TEXT, priority: 'normal' } as const;
  return { deliveryId: `d-${number}`, route: 'batch', acceptedAt: START_AT, content };
}

/** By turns with a body, an actor and a link, of several types. */
function entryOf(number: number): MessageEntry {
  const word = (step: number): string => WORDS[(number * step) % WORDS.length] ?? '';
  const name = NAMES[number % NAMES.length] ?? '';
  return {
    deliveryId: `d-${number}`,
    route: 'aggregate',
    acceptedAt: START_AT + number * 37_000,
    content: {
      channel: 'email',
      type: TYPES[(number * 7) % TYPES.length] ?? '',
      title:
        number % 2 === 0
          ? `${word(3)} ${word(7)} of web-${number % 90} is ${number % 100} % full`
          : `New comment on "${word(2)} ${word(11)}"`,
      priority: number % 8 === 0 ? 'high' : 'normal',
      ...(number % 3 === 0 ? { body: `Can we move the budget to Q2?\nIt's the <second> line.` } : {}),
      ...(number % 4 < 2 ? { actor: { id: name, name } } : {}),
      ...(number % 5 < 2 ? { data: { url: `https://acme.example/items/${number}` } } : {}),
    },
  };
}
