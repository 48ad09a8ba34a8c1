import { type Transport } from '../transports/transport.js';
import { TransportRegistry } from '../transports/transport-registry.js';
import { RecordingTransport } from './recording-transport.js';

/** The recording transports by channel, each made when it is first asked for. */
export class Recordings {
  private readonly transports = new Map<string, RecordingTransport>();

  of(channel: string): RecordingTransport {
    let transport = this.transports.get(channel);
    if (transport === undefined) {
      transport = new RecordingTransport();
      this.transports.set(channel, transport);
    }
    return transport;
  }

  /** Messages that no transport has answered for yet. */
  get inFlight(): number {
    return [...this.transports.values()].reduce((sum, { inFlight }) => sum + inFlight, 0);
  }
}

/** Puts a recording transport in the place of every one that is registered. */
export class RecordingRegistry extends TransportRegistry {
  /** Channels that are there though nobody registered a transport for them. */
  private readonly unclaimed: Set<string>;

  constructor(
    private readonly recordings: Recordings,
    channels: readonly string[],
  ) {
    super();
    this.unclaimed = new Set(channels);
    for (const channel of this.unclaimed) super.register(channel, recordings.of(channel));
  }

  override register(channel: string, transport: Transport, replace = false): void {
    if (transport.missing !== undefined) return;
    const recording = this.recordings.of(channel);
    recording.imitate(transport);
    if (!this.unclaimed.delete(channel)) super.register(channel, recording, replace);
  }
}
