import { type TransportState } from '../transport.js';

/** Threads that are remembered of one Slack channel; a message for one before them starts a new thread. */
export const MAX_THREADS = 1_000;

/** Which thread a key stands for in a Slack channel: over restarts, and over all instances. */
export class SlackThreads {
  constructor(private readonly state: TransportState) {}

  /** The message that the thread is named by. */
  of(address: string, threadKey: string): Promise<string | undefined> {
    return this.state.get(threadName(address, threadKey));
  }

  /** Another instance may have started the thread meanwhile: later messages go into that one. */
  async started(address: string, threadKey: string, threadTs: string): Promise<void> {
    // The list comes first: a thread that is on no list could not be erased.
    let dropped: readonly string[] = [];
    await this.state.update(listName(address), (list) => {
      const keys = [...keysOf(list).filter((key) => key !== threadKey), threadKey];
      dropped = keys.slice(0, -MAX_THREADS);
      return JSON.stringify(keys.slice(-MAX_THREADS));
    });
    for (const key of dropped) await this.remove(address, key);
    await this.state.setIfAbsent(threadName(address, threadKey), threadTs);
  }

  /** Erases the threads of a channel or user. */
  async forget(address: string): Promise<void> {
    for (const key of keysOf(await this.state.get(listName(address)))) await this.remove(address, key);
    await this.state.update(listName(address), () => undefined);
  }

  private async remove(address: string, threadKey: string): Promise<void> {
    await this.state.update(threadName(address, threadKey), () => undefined);
  }
}

function threadName(address: string, threadKey: string): string {
  return `slack thread ${JSON.stringify([address, threadKey])}`;
}

function listName(address: string): string {
  return `slack threads of ${address}`;
}

function keysOf(list: string | undefined): readonly string[] {
  return list === undefined ? [] : (JSON.parse(list) as readonly string[]);
}
