import { type NotificationInTransaction } from '../../model/delivery.js';
import { TransactionRequiredError } from '../../model/errors.js';
import { NOTIFICATION_LIMITS } from '../../model/notification.js';
import { deliveryCount, partsOf } from '../acceptance-parts.js';
import { type Acceptance } from '../notification-store.js';
import { TransactionExecutor } from '../transaction-executor.js';
import { firstAnswer } from './answered-delivery.js';
import { Answers } from './answers.js';
import { insertAttachments } from './attachments.js';
import { type PostgresConnection } from './connection.js';
import { type Context } from './context.js';
import { Ids, IDS_PER_BLOCK } from './ids.js';
import { intakeInsert, intakeValues } from './intake.js';
import { prepare } from './prepare.js';

/** Blocks of ids that are taken at once. */
const BLOCKS = 16;
/** Ids are in about the order of time: those that were taken longer ago are given to nobody, ms. */
const IDS_KEEP_MS = 60_000;

/** Accepts notifications in transactions of the application: one INSERT, which locks nothing and wakes nobody. */
export class TransactionIntake {
  private ids: readonly number[] = [];
  private takenAt = 0;

  constructor(
    private readonly connection: PostgresConnection,
    private readonly context: Context,
  ) {}

  /** @throws TransactionRequiredError, StoreFailedError, and what the library of the application throws */
  async accept(executor: unknown, acceptance: Acceptance, now: number): Promise<NotificationInTransaction> {
    if (!(executor instanceof TransactionExecutor))
      throw new TransactionRequiredError(
        'options.tx',
        'a value of another kind',
        'what fromPg, fromTypeOrm, fromPrisma, fromDrizzle, fromKysely or fromKnex makes',
      );
    const earlier = await this.earlier(acceptance, now);
    if (earlier !== undefined) return earlier;
    const parts = partsOf(acceptance);
    const ids = await this.take(deliveryCount(acceptance), now);
    let first = 0;
    for (const { attachments = [], addresses } of parts) {
      await insertAttachments(executor, this.connection.schema, ids[first] ?? 0, attachments);
      first += addresses.length;
    }
    await executor.insert(
      intakeInsert(this.connection.schema),
      intakeValues({ ids, at: now, acceptance: described(acceptance) }),
    );
    const deliveries = parts.flatMap(({ addresses, content: { channel }, route }) =>
      addresses.map((to) => ({ to, channel, route, duplicate: false })),
    );
    return {
      notificationId: this.context.publicId('n', ids[0] ?? 0),
      deliveries: deliveries.map((delivery, index) => ({ id: this.context.publicId('d', ids[index] ?? 0), ...delivery })),
    };
  }

  /** The first answer to its key, when it is known and was for the same content. */
  private async earlier(acceptance: Acceptance, now: number): Promise<NotificationInTransaction | undefined> {
    const { idempotency } = prepare(acceptance, now);
    if (idempotency === undefined) return undefined;
    const { hash, fingerprint } = idempotency;
    const answer = await this.connection.read('look for an idempotency key', async (queries) => {
      const answers = new Answers(queries);
      await answers.load([hash]);
      return answers.get(hash);
    });
    if (answer?.fingerprint !== fingerprint || answer.at <= now - NOTIFICATION_LIMITS.idempotencyMs) return undefined;
    const { notificationId, deliveries } = firstAnswer(this.context, acceptance.content.channel, answer);
    return {
      notificationId,
      deliveries: deliveries.map(({ id, to, channel, route, duplicate }) => ({ id, to, channel, route, duplicate })),
    };
  }

  private async take(count: number, now: number): Promise<readonly number[]> {
    if (Math.abs(now - this.takenAt) > IDS_KEEP_MS) this.ids = [];
    while (this.ids.length < count) {
      const missing = Math.max(count - this.ids.length, BLOCKS * IDS_PER_BLOCK);
      const fresh = await this.connection.transaction(
        'take ids',
        (queries) => new Ids(queries, (id) => this.note(id)).takeMany(missing),
        {
          durable: false,
        },
      );
      this.ids = [...this.ids, ...fresh];
      this.takenAt = now;
    }
    const taken = this.ids.slice(0, count);
    this.ids = this.ids.slice(count);
    return taken;
  }

  /** The tables must have room for them. */
  private note(id: number): void {
    this.context.newestId = Math.max(this.context.newestId, id);
  }
}

/** An acceptance without the bytes of its attachments. */
function described({ attachments: _bytes, also, ...rest }: Acceptance): Acceptance {
  return { ...rest, ...(also === undefined ? {} : { also: also.map(described) }) };
}
