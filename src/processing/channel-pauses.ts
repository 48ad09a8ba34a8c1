import { type NotificationStore } from '../storage/notification-store.js';

/** Name of the setting under which the store keeps the pauses. */
const SETTING = 'channel pauses';

/** A pause that an operator asked for. */
export interface OperatorPause {
  /** Since when, epoch ms. */
  readonly at: number;
  /** Who asked for it. */
  readonly by: string;
}

/** The pauses of operators, kept with the store: they survive a restart. */
export class ChannelPauses {
  private pauses = new Map<string, OperatorPause>();

  constructor(private readonly store: NotificationStore) {}

  /** Reads what is kept, once the store is open. */
  async restore(): Promise<ReadonlyMap<string, OperatorPause>> {
    const saved = await this.store.state.get(SETTING);
    this.pauses = new Map(saved === undefined ? [] : Object.entries(JSON.parse(saved) as Record<string, OperatorPause>));
    return this.pauses;
  }

  has(channel: string): boolean {
    return this.pauses.has(channel);
  }

  /** Resolves once it is durable. @throws StoreFailedError */
  async keep(channel: string, pause: OperatorPause): Promise<void> {
    this.pauses.set(channel, pause);
    await this.save();
  }

  /** Resolves once it is durable. @throws StoreFailedError */
  async forget(channel: string): Promise<void> {
    this.pauses.delete(channel);
    await this.save();
  }

  private async save(): Promise<void> {
    await this.store.state.set(SETTING, this.pauses.size === 0 ? undefined : JSON.stringify(Object.fromEntries(this.pauses)));
  }
}
