import { type ResolvedOptions } from '../config/options.js';
import { type CommandRunner } from '../storage/command-runner.js';
import { type Instance } from '../storage/instance.js';
import { type NotificationStore } from '../storage/notification-store.js';
import { type TransportRegistry } from '../transports/transport-registry.js';

/**
 * Closes windows at a stop: those of channels that keep nothing always, the others when `SHUTDOWN_FLUSH` says so. While other instances live, they
 * go on with the windows that are open: only what this one opened on channels that keep nothing is closed.
 */
export class StopFlush {
  constructor(
    private readonly store: NotificationStore,
    private readonly transports: TransportRegistry,
    private readonly commands: CommandRunner,
    private readonly instance: Instance,
    private readonly shutdown: ResolvedOptions['shutdown'],
  ) {}

  async run(): Promise<void> {
    const isLast = (await this.instance.others()).length === 0;
    for (const channel of this.transports.channels()) {
      const keepsNothing = this.transports.get(channel)?.ephemeral === true;
      if (!keepsNothing && !(isLast && this.shutdown.flush)) continue;
      const filter = isLast ? { channel } : { channel, openedBy: this.instance.name };
      await this.commands.runToEnd({
        name: 'flushing windows for the stop',
        step: (slice) => this.store.flush(filter, 'shutdown', slice),
        start: undefined,
        add: () => undefined,
      });
    }
  }
}
