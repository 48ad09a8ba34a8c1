import { type INestApplicationContext } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { QueueService } from '../../src/queue/queue.service.js';
import { RecipientService } from '../../src/recipients/recipient.service.js';
import {
  createNotificationTestingModule,
  type NotificationTesting,
  type NotificationTestingOptions,
} from '../../src/testing/notification-testing.js';

const START = '2026-11-24T10:00:00Z';
const RULE = { type: 'comment', windowMs: 300_000, maxCount: 20 };
const apps: INestApplicationContext[] = [];

/** Ends every application that was started. */
export async function endApplications(): Promise<void> {
  for (const app of apps.splice(0)) await app.close();
}

/** An application with recipients, in which time passes as the test says. */
export interface Started {
  readonly testing: NotificationTesting;
  readonly queue: QueueService;
  readonly recipients: RecipientService;
  readonly app: INestApplicationContext;
  readonly mails: () => readonly (readonly [string, string])[];
  readonly comment: (title: string, over?: object) => Promise<string>;
}

export async function started(options: NotificationTestingOptions = {}, testing = testingWith(options)): Promise<Started> {
  const compiled = await Test.createTestingModule({ imports: [testing.module] }).compile();
  const app = await compiled.init();
  apps.push(app);
  const queue = app.get(QueueService);
  const comment = async (title: string, over: object = {}): Promise<string> => {
    const notification = { type: 'comment', channel: 'email', to: 'user:42', title, ...over };
    return (await queue.enqueue(notification)).deliveries[0]?.id ?? '';
  };
  const mails = () => testing.transport('email').sent.map(({ address, titles }) => [address, titles.join(' ')] as const);
  return { testing, queue, recipients: app.get(RecipientService), app, mails, comment };
}

export function testingWith(options: NotificationTestingOptions): NotificationTesting {
  return createNotificationTestingModule({
    recipients: {},
    aggregation: { rules: [RULE] },
    startAt: Date.parse(START),
    store: { path: ':memory:' },
    ...options,
  });
}

/** What the built-in directory is told of Ann, `user:42`. */
export const ANN = { addresses: { email: 'ann@example.com' }, timeZone: 'Europe/Vienna' };
