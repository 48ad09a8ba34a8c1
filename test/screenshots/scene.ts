import { NestFactory } from '@nestjs/core';
import { type NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from '../../dist/app.module.js';
import { APPLICATION_OPTIONS, configureApplication } from '../../dist/http/application.js';
import {
  BatchAggregationService,
  BatchProcessorService,
  type ClaimedMessage,
  type Notification,
  type NotificationModuleOptions,
  NotificationStore,
  NotificationTransport,
  QueueService,
  type SendResult,
  type Transport,
} from '../../dist/index.js';
import { pastHour } from './past.ts';

/** What a receiver says of a message; undefined: it takes it. */
type Refusal = (message: ClaimedMessage) => Extract<SendResult, { status: 'failed' }> | undefined;

const failed = (
  kind: 'retry' | 'permanent' | 'channel_unavailable',
  reason: Extract<SendResult, { status: 'failed' }>['failure']['reason'],
  message: string,
): Extract<SendResult, { status: 'failed' }> => ({ status: 'failed', kind, failure: { reason, message } });

/** A provider that sends nothing, and answers as a receiver with its faults would. */
function transport(channel: string, replace: boolean, refusal: Refusal): new () => Transport {
  class SceneTransport implements Transport {
    readonly batched = channel === 'email';

    send(messages: readonly { readonly message: ClaimedMessage }[]): Promise<readonly SendResult[]> {
      const results = messages.map(({ message }): SendResult => refusal(message) ?? { status: 'accepted' });
      return new Promise((resolve) => setTimeout(resolve, 5, results));
    }
  }
  NotificationTransport(channel, { replace })(SceneTransport);
  return SceneTransport;
}

const EMAIL = transport('email', true, ({ address }) => {
  if (address.startsWith('left')) return failed('permanent', 'address_rejected', `550 5.1.1 <${address}>: user unknown`);
  if (address.startsWith('full')) return failed('retry', 'temporarily_refused', '452 4.2.2 Mailbox full');
  return undefined;
});
const SLACK = transport('slack', false, () => failed('channel_unavailable', 'credentials_rejected', 'token_revoked'));
const WEBHOOK = transport('webhook', true, ({ address }) =>
  address.includes('slow') ? failed('retry', 'timed_out', 'no answer within 10 s') : undefined,
);

const PEOPLE = ['ann', 'bob', 'carla', 'dmitri', 'eve', 'farid', 'grace', 'hugo', 'ines', 'jonas'];
const TYPES = ['approval_request', 'system_update', 'reminder', 'announcement'] as const;
const TITLES = {
  approval_request: ['Lisbon offsite, 1 842.50 €', 'Laptop for the new colleague', 'Leave from 7 to 18 December'],
  system_update: ['Version 4.2 is out', 'Maintenance tonight from 22:00', 'The search index was rebuilt'],
  reminder: ['Time sheet of November', 'Review of pull request 1187', 'Renew the certificate of api.example.com'],
  announcement: ['New office in Porto', 'Holiday calendar for next year', 'Security training in January'],
} as const;

function* mails(count: number): Generator<Notification> {
  for (let i = 0; i < count; i++) {
    const type = TYPES[i % TYPES.length] ?? 'reminder';
    const person = PEOPLE[(i * 7) % PEOPLE.length] ?? 'ann';
    const title = TITLES[type][i % 3] ?? 'Title';
    const to = `${person}.${Math.floor(i / 40)}@example.com`;
    yield {
      type,
      channel: 'email',
      to,
      title,
      body: 'Please have a look.',
      actor: { id: person, name: `${person} from finance` },
    };
  }
}

function* direct(count: number): Generator<Notification> {
  for (let i = 0; i < count; i++) {
    const to = i % 15 === 0 ? `left.${i}@example.com` : i % 9 === 0 ? `full@example.com` : `${PEOPLE[i % 10]}@example.com`;
    yield { type: 'invoice', channel: 'email', to, title: `Invoice ${4_100 + i} is due on Friday`, body: 'See the attachment.' };
  }
}

function* posts(count: number): Generator<Notification> {
  for (let i = 0; i < count; i++) {
    yield { type: 'deploy', channel: 'slack', to: `C0${i % 4}`, title: `Deployment ${900 + i} finished`, priority: 'high' };
    const to = i % 12 === 0 ? 'https://slow.example.com/hook' : `https://hooks.example.com/${i % 6}`;
    yield { type: 'order.paid', channel: 'webhook', to, title: `Order ${7_000 + i} was paid` };
    yield { type: 'comment', channel: 'sse', to: `user-${i % 8}`, title: `New comment on ticket ${i}` };
  }
}

/** A running application in which something is wrong, as an operator finds it. */
export interface Scene {
  /** Where the routes stand. */
  readonly base: string;
  readonly close: () => Promise<void>;
}

/** Starts the application with a past of an hour; some receivers have faults, and one channel was forgotten in a pause. */
export async function troubledScene(): Promise<Scene> {
  const { app, base } = await start(
    {
      store: { path: ':memory:' },
      batch: { timeoutMs: 20, maxAttempts: 4 },
      aggregation: {
        rules: [...['invoice', 'deploy', 'order.paid', 'comment'].map((type) => ({ type, windowMs: 0, maxCount: 1 }))],
      },
    },
    [EMAIL, SLACK, WEBHOOK],
  );
  const queue = app.get(QueueService, { strict: false });
  await app.get(NotificationStore, { strict: false }).record(pastHour(Date.now()));
  await queue.enqueueMany(mails(900));
  await queue.enqueueMany(direct(420));
  await queue.enqueueMany(posts(60));
  await settled(queue);
  await app.get(BatchProcessorService, { strict: false }).pause('webhook', 'the night shift');
  await queue.enqueueMany(posts(48));
  await settled(queue);
  return { base, close: () => app.close() };
}

/** Starts the application without a mail server, with what its mailbox holds after some mails. */
export async function mailboxScene(): Promise<Scene> {
  const { app, base } = await start({ store: { path: ':memory:' }, batch: { timeoutMs: 20 } }, []);
  const queue = app.get(QueueService, { strict: false });
  await queue.enqueueMany(mails(60));
  await app.get(BatchAggregationService, { strict: false }).flushAll();
  await queue.enqueue({
    type: 'alert',
    channel: 'email',
    to: 'ann@example.com',
    title: 'Disk full on db-1',
    body: '/var is at 100 %',
    priority: 'critical',
  });
  await settled(queue);
  return { base, close: () => app.close() };
}

async function start(
  options: NotificationModuleOptions,
  providers: readonly (new () => Transport)[],
): Promise<{ app: NestExpressApplication; base: string }> {
  class SceneRoot {}
  const root = { module: SceneRoot, imports: [AppModule.register(options)], providers: [...providers] };
  // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Nest types its options as a class
  const app = await NestFactory.create<NestExpressApplication>(root, { ...APPLICATION_OPTIONS, logger: ['error', 'fatal'] });
  configureApplication(app);
  await app.listen(0, '127.0.0.1');
  return { app, base: `${await app.getUrl()}/notifications` };
}

/** Until nothing is on its way that could go now. */
async function settled(queue: QueueService): Promise<void> {
  let before = '';
  for (;;) {
    const now = JSON.stringify(queue.getStatistics().counts);
    if (now === before) return;
    before = now;
    await new Promise((resolve) => setTimeout(resolve, 700));
  }
}
