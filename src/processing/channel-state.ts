import { type Lane } from '../model/message.js';

/** Longest pause between two probes of a channel that refused us. */
const MAX_PROBE_MS = 60_000;
const FIRST_PROBE_MS = 1_000;

export interface ChannelPause {
  readonly by: 'operator' | 'failure';
  readonly detail: string;
}

/** What the processor knows of one channel. */
export class ChannelState {
  readonly inFlight: Record<Lane, number> = { critical: 0, normal: 0 };
  paused: ChannelPause | false = false;
  /** When a channel that refused us is tried again, with one message; epoch ms. */
  probeAt = 0;
  private probeMs = FIRST_PROBE_MS;

  constructor(
    readonly name: string,
    public batchSize: number,
  ) {}

  /** How many messages may be claimed now; a channel paused by a failure gets one at its time. */
  allowance(now: number): number {
    if (this.paused === false) return this.batchSize;
    if (this.paused.by === 'operator' || now < this.probeAt || this.inFlight.normal + this.inFlight.critical > 0) return 0;
    return 1;
  }

  refused(detail: string, now: number): void {
    if (this.paused !== false && this.paused.by === 'operator') return;
    this.paused = { by: 'failure', detail };
    this.probeAt = now + this.probeMs;
    this.probeMs = Math.min(MAX_PROBE_MS, this.probeMs * 2);
  }

  accepted(): void {
    this.probeMs = FIRST_PROBE_MS;
    if (this.paused !== false && this.paused.by === 'failure') this.paused = false;
  }
}
