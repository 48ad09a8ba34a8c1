import { type NotificationStore } from '../storage/notification-store.js';

const SETTING = 'recipients to plan again';
/** More people than this are not listed: everybody who waits is planned again. */
const MAX_LISTED = 500;
const EVERYBODY = '*';

/**
 * Whose messages must be planned again, kept with the store: their preferences were changed, or the directory did not answer for them. A process
 * that ends before it planned them leaves it to the next one.
 */
export class PendingReplans {
  constructor(private readonly store: NotificationStore) {}

  /** @throws StoreFailedError */
  async add(ids: readonly string[]): Promise<void> {
    await this.store.state.update(SETTING, (value) => {
      const listed = new Set([...listOf(value), ...ids]);
      return JSON.stringify(listed.has(EVERYBODY) || listed.size > MAX_LISTED ? [EVERYBODY] : [...listed]);
    });
  }

  /** They were planned; everybody with `*`. */
  async remove(ids: readonly string[]): Promise<void> {
    await this.store.state.update(SETTING, (value) => {
      const left = listOf(value).filter((id) => !ids.includes(id));
      return left.length === 0 ? undefined : JSON.stringify(left);
    });
  }

  /** The ids of those who are listed; undefined: everybody who waits. */
  async read(): Promise<readonly string[] | undefined> {
    const listed = listOf(await this.store.state.get(SETTING));
    return listed.includes(EVERYBODY) ? undefined : listed;
  }

  /** Everybody who waits was planned again. */
  async removeEverybody(): Promise<void> {
    await this.remove([EVERYBODY]);
  }
}

function listOf(value: string | undefined): readonly string[] {
  return value === undefined ? [] : (JSON.parse(value) as readonly string[]);
}
