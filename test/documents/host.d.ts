import { type INestApplication } from '@nestjs/common';
import {
  type BatchAggregationService,
  type BatchProcessorService,
  type MaintenanceService,
  type Notification,
  type QueueService,
  type RecipientService,
} from 'nestjs-digest';
import { type DataSource } from 'typeorm';

/** What the pages' examples take from an application: its services, and the module's as it would inject them. */
declare global {
  const queue: QueueService;
  const maintenance: MaintenanceService;
  const recipients: RecipientService;
  const batchProcessorService: BatchProcessorService;
  const batchAggregationService: BatchAggregationService;
  const app: INestApplication;
  const deliveryId: string;
  const job: Notification;

  const user: { readonly email: string; readonly timeZone: string };
  const users: {
    findByEmail(email: string): Promise<{ readonly locale: string; readonly timeZone: string }>;
    findOne(where: object): Promise<{ readonly locale: string; readonly timeZone: string }>;
  };
  interface Users {
    byIds(ids: readonly string[]): Promise<readonly { readonly id: string; readonly email: string; readonly timeZone: string }[]>;
  }
  const Users: new () => Users;
  const order: { readonly id: number; readonly email: string };
  const dataSource: DataSource;
  const secret: string;
  const body: string;
  const headers: Record<string, string>;

  interface Orders {
    place(id: string, email: string): Promise<void>;
    mailFailed(key: string | undefined, of: object): Promise<void>;
  }
  const Orders: new () => Orders;
  interface SmsGateway {
    send(to: string, text: string, id: string): Promise<{ readonly ok: boolean; readonly text: string; readonly waitMs: number }>;
  }
  const SmsGateway: new () => SmsGateway;
}
