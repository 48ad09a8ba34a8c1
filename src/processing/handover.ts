import { type Clock } from '../model/clock.js';
import { type Failure } from '../model/failure.js';
import { type ClaimedMessage, type Lane } from '../model/message.js';
import { type OutgoingMessage, type SendResult, type Transport } from '../transports/transport.js';
import { LazyMessage } from './lazy-message.js';

/** Longest that one batch may be with its transport, ms; then it is given up. */
export const SEND_DEADLINE_MS = 120_000;
/** Before it is given up the transport is told to abort, and has this long to answer, ms: it knows best what was not sent yet. */
export const ANSWER_MS = 5_000;

/** How a stop reaches what is being sent. */
export interface StopSignals {
  /** The transport is to end at once. */
  readonly abort: AbortSignal;
  /** Its answer is not waited for any longer. */
  readonly giveUp: AbortSignal;
}

/** What a transport is told, and what it reports, besides the results. */
export interface HandoverContext {
  readonly lane: Lane;
  readonly accepted: (message: ClaimedMessage, answer?: string, refused?: readonly Failure[]) => void;
  /** The transport has a connection: from here its time is the messages'. */
  readonly connected: () => void;
  /** Reads the attachments of a message from the store. */
  readonly attachments: (message: ClaimedMessage) => Promise<readonly Uint8Array[]>;
}

/** One batch with its transport, from the first call until every message has its result. */
export class Handover {
  /** What the receiver accepted, as the transport told it meanwhile: it is not sent again, whatever the transport says or throws later. */
  private readonly accepted = new Map<ClaimedMessage, SendResult>();

  /** @param threw told of every error that the transport throws */
  constructor(
    private readonly transport: Transport,
    private readonly context: HandoverContext,
    private readonly stop: StopSignals,
    private readonly clock: Clock,
    private readonly threw: (error: unknown) => void,
  ) {}

  /** One result a message, in the same order. */
  async send(outgoing: readonly OutgoingMessage[]): Promise<readonly SendResult[]> {
    const deadline = new AbortController();
    const end = new AbortController();
    const timers = [
      this.clock.setTimer(SEND_DEADLINE_MS - ANSWER_MS, () => deadline.abort()),
      this.clock.setTimer(SEND_DEADLINE_MS, () => end.abort()),
    ];
    const signals = {
      abort: AbortSignal.any([this.stop.abort, deadline.signal]),
      giveUp: AbortSignal.any([this.stop.giveUp, end.signal]),
    };
    try {
      return await this.sendInHalves(outgoing, signals);
    } finally {
      for (const timer of timers) timer.cancel();
    }
  }

  /**
   * What is left of a batch that its transport throws at is sent in halves, until the message that it throws at stands alone: with k of those among
   * n it takes O(k log n) calls. What the receiver accepted is not sent again.
   */
  private async sendInHalves(outgoing: readonly OutgoingMessage[], signals: StopSignals): Promise<readonly SendResult[]> {
    const answers = await this.call(outgoing, signals);
    if (answers !== undefined) return outgoing.map(({ message }, index) => this.resultOf(message, answers[index] ?? UNANSWERED));
    const rest = outgoing.filter(({ message }) => !this.accepted.has(message));
    const results = new Map<OutgoingMessage, SendResult>();
    if (rest.length > 1 && !signals.abort.aborted) {
      const middle = Math.ceil(rest.length / 2);
      for (const half of [rest.slice(0, middle), rest.slice(middle)]) {
        const ofHalf = await this.sendInHalves(half, signals);
        half.forEach((one, index) => results.set(one, ofHalf[index] ?? THREW));
      }
    }
    return outgoing.map((one) => this.resultOf(one.message, results.get(one) ?? THREW));
  }

  /** One call of the transport; undefined when it threw. */
  private async call(outgoing: readonly OutgoingMessage[], signals: StopSignals): Promise<readonly SendResult[] | undefined> {
    const { promise: unanswered, resolve } = Promise.withResolvers<readonly SendResult[]>();
    const giveUp = (): void => resolve(outgoing.map((one) => (isUntouched(one) ? UNTOUCHED : TOO_LATE)));
    signals.giveUp.addEventListener('abort', giveUp, { once: true });
    if (signals.giveUp.aborted) giveUp();
    const accepted: HandoverContext['accepted'] = (message, answer, refused) => {
      if (this.accepted.has(message)) return;
      const details = { ...(answer === undefined ? {} : { answer }), ...(refused === undefined ? {} : { refused }) };
      this.accepted.set(message, { status: 'accepted', ...details });
      this.context.accepted(message, answer, refused);
    };
    try {
      const sending = this.transport.send(outgoing, { ...this.context, accepted, signal: signals.abort });
      return await Promise.race([sending, unanswered]);
    } catch (error) {
      this.threw(error);
      return undefined;
    } finally {
      signals.giveUp.removeEventListener('abort', giveUp);
    }
  }

  private resultOf(message: ClaimedMessage, result: SendResult): SendResult {
    return result.status === 'failed' ? (this.accepted.get(message) ?? result) : result;
  }
}

/** Its content was never asked for, so that nothing of it can have been sent. */
function isUntouched(outgoing: OutgoingMessage): boolean {
  return outgoing instanceof LazyMessage && !outgoing.wasRead;
}

const UNANSWERED: SendResult = {
  status: 'failed',
  kind: 'retry',
  failure: { reason: 'internal', message: 'the transport gave no result for this message' },
};

const THREW: SendResult = {
  status: 'failed',
  kind: 'retry',
  failure: { reason: 'internal', message: 'the transport failed with this message' },
};

const TOO_LATE: SendResult = {
  status: 'failed',
  kind: 'uncertain',
  failure: { reason: 'uncertain', message: 'the transport did not answer in time' },
};

const UNTOUCHED: SendResult = {
  status: 'failed',
  kind: 'deferred',
  failure: { reason: 'interrupted', message: 'the transport did not come to this message in time' },
};
