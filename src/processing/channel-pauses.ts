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

/** What other instances paused and resumed since the last look. */
interface PauseChanges {
  readonly paused: ReadonlyMap<string, OperatorPause>;
  readonly resumed: readonly string[];
}

/** The pauses of operators, kept with the store: they survive a restart, and every instance keeps to them. */
export class ChannelPauses {
  private pauses: ReadonlyMap<string, OperatorPause> = new Map();
  /** Commands of this instance that are not durable yet; what is kept says nothing of their channels until then. */
  private readonly pending = new Map<string, number>();

  constructor(private readonly store: NotificationStore) {}

  /** Reads what is kept, and says what changed; of a channel that this instance pauses or resumes right now nothing. */
  async refresh(): Promise<PauseChanges> {
    const kept = parsed(await this.store.state.get(SETTING));
    const before = this.pauses;
    const isOurs = (channel: string): boolean => this.pending.has(channel);
    const known = [...before].filter(([channel]) => isOurs(channel));
    this.pauses = new Map([...[...kept].filter(([channel]) => !isOurs(channel)), ...known]);
    return {
      paused: new Map([...this.pauses].filter(([channel]) => !before.has(channel))),
      resumed: [...before.keys()].filter((channel) => !this.pauses.has(channel)),
    };
  }

  /** Calls back when any instance paused or resumed a channel. Returns how to stop. */
  watch(changed: () => void): () => void {
    return this.store.state.watch(SETTING, changed);
  }

  has(channel: string): boolean {
    return this.pauses.has(channel);
  }

  /** Resolves once it is durable. @throws StoreFailedError */
  async keep(channel: string, pause: OperatorPause): Promise<void> {
    await this.change(channel, (pauses) => pauses.set(channel, pause));
  }

  /** Resolves once it is durable. @throws StoreFailedError */
  async forget(channel: string): Promise<void> {
    await this.change(channel, (pauses) => {
      pauses.delete(channel);
      return pauses;
    });
  }

  private async change(
    channel: string,
    apply: (pauses: Map<string, OperatorPause>) => ReadonlyMap<string, OperatorPause>,
  ): Promise<void> {
    this.pauses = apply(new Map(this.pauses));
    this.pending.set(channel, (this.pending.get(channel) ?? 0) + 1);
    try {
      await this.store.state.update(SETTING, (kept) => {
        const pauses = apply(parsed(kept));
        return pauses.size === 0 ? undefined : JSON.stringify(Object.fromEntries(pauses));
      });
    } finally {
      const left = (this.pending.get(channel) ?? 1) - 1;
      if (left > 0) this.pending.set(channel, left);
      else this.pending.delete(channel);
    }
  }
}

function parsed(kept: string | undefined): Map<string, OperatorPause> {
  return new Map(kept === undefined ? [] : Object.entries(JSON.parse(kept) as Record<string, OperatorPause>));
}
