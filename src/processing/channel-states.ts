import { type ResolvedOptions } from '../config/options.js';
import { type Lane } from '../model/message.js';
import { type Transport } from '../transports/transport.js';
import { initialLimits, type LimitBounds } from './batch-sizer.js';
import { ChannelState } from './channel-state.js';
import { type EndpointBreakers } from './endpoint-breakers.js';

/** The channels that have work or had it, by name. */
export class ChannelStates {
  private readonly states = new Map<string, ChannelState>();

  constructor(
    private readonly options: Pick<ResolvedOptions, 'batch' | 'perChannel'>,
    private readonly boundsOf: (channel: string) => LimitBounds,
    private readonly breakers: EndpointBreakers,
    private readonly transportOf: (channel: string) => Transport | undefined,
  ) {}

  of(channel: string): ChannelState {
    let state = this.states.get(channel);
    if (state === undefined) {
      state = new ChannelState(
        channel,
        initialLimits(this.boundsOf(channel), this.options.batch.dynamicSizing),
        () => this.breakers.receiversOf(channel),
        this.breakers,
        this.options.perChannel[channel],
        this.intervalOf(channel),
      );
      this.states.set(channel, state);
    }
    return state;
  }

  /** The longer one of the channel's own and the configured one. */
  private intervalOf(channel: string): number | undefined {
    const intervalMs = Math.max(
      this.transportOf(channel)?.addressIntervalMs ?? 0,
      this.options.perChannel[channel]?.addressIntervalMs ?? 0,
    );
    return intervalMs === 0 ? undefined : intervalMs;
  }

  /** Batches being sent on a lane, over all channels. */
  inFlight(lane: Lane): number {
    let sum = 0;
    for (const state of this.states.values()) sum += state.inFlight[lane];
    return sum;
  }
}
