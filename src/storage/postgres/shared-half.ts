import { PostgresConnection } from './connection.js';
import { PostgresListener } from './listener.js';
import { PostgresMailbox } from './mailbox.js';
import { Migrator } from './migrator.js';
import { type PostgresOptions } from './postgres-options.js';
import { PostgresRecipients } from './recipients.js';
import { PostgresSignals } from './signals.js';
import { PostgresSuppressions } from './suppressions.js';
import { PostgresState } from './postgres-state.js';
import { PostgresWaking } from './waking.js';

/** What a store on PostgreSQL has besides the work: its connections, and what instances share. */
export class SharedHalf {
  readonly connection: PostgresConnection;
  readonly listener: PostgresListener;
  readonly waking: PostgresWaking;
  readonly state: PostgresState;
  readonly mailbox: PostgresMailbox;
  readonly suppressions: PostgresSuppressions;
  readonly recipients: PostgresRecipients;
  private readonly signals: PostgresSignals;
  private isOpen = false;

  constructor(private readonly options: PostgresOptions) {
    this.connection = new PostgresConnection(options);
    this.listener = new PostgresListener(this.connection, options.waking ?? 'notify');
    this.waking = new PostgresWaking(this.connection, this.listener);
    this.signals = new PostgresSignals(this.connection, this.waking);
    this.state = new PostgresState(this.connection, this.signals);
    this.mailbox = new PostgresMailbox(this.connection);
    this.suppressions = new PostgresSuppressions(this.connection);
    this.recipients = new PostgresRecipients(this.connection);
  }

  /**
   * Connects, applies the migrations or checks that none is pending, and begins to listen. Idempotent. Returns whether the tables are new.
   *
   * @throws StoreFailedError, StoreNotMigratedError, StoreVersionError, and InvalidConfigurationError when `pg` is not installed
   */
  async open(): Promise<boolean> {
    if (this.isOpen) return false;
    await this.connection.open();
    try {
      const isNew = await this.migrate();
      await this.signals.start();
      this.waking.start();
      this.isOpen = true;
      return isNew;
    } catch (error) {
      await this.connection.close();
      throw error;
    }
  }

  /** Uses the connection while it is not open. */
  async beforeOpen<T>(use: (connection: PostgresConnection) => Promise<T>): Promise<T> {
    await this.connection.open();
    try {
      return await use(this.connection);
    } finally {
      await this.connection.close();
    }
  }

  /** Ends what is being written. Idempotent. */
  async close(): Promise<void> {
    if (!this.isOpen) return;
    this.isOpen = false;
    await this.signals.stop();
    await this.waking.stop();
    await this.connection.close();
  }

  private async migrate(): Promise<boolean> {
    const migrator = new Migrator(this.connection);
    if (this.options.migrate ?? true) return (await migrator.apply()).some(({ version }) => version === 1);
    await migrator.check();
    return false;
  }
}
