import { type Clock, type TimerHandle } from '../../model/clock.js';
import { type NotificationEvents } from '../../model/notification-events.js';
import { type NotificationStore, type SequencedMessage } from '../../storage/notification-store.js';
import { sequenceTopic } from '../../storage/sequence-topic.js';

export const SSE_CHANNEL = 'sse';
/** A signal may be lost: so often the sequence is looked at without one, ms. */
export const POLL_MS = 5_000;
/** Messages of the sequence that are read at once. */
const PAGE = 100;

/** From the first reader to the last one. */
interface Session {
  /** Where it is in the sequence; undefined until that is known. */
  cursor?: number;
  /** Resolves when it is known. */
  readonly started: Promise<void>;
  /** There may be more than was read. */
  again: boolean;
  reading: boolean;
  timer: TimerHandle;
  readonly stopListening: () => void;
}

/**
 * Follows the sequence of the channel while somebody on this instance reads: one reading for all readers, whichever instance delivered. It reads when
 * an instance tells that there is more, and every {@link POLL_MS}.
 */
export class SseFeed {
  private session: Session | undefined;

  /** @param take called with what comes next, in order; the next call waits for it */
  constructor(
    private readonly store: NotificationStore,
    private readonly clock: Clock,
    private readonly events: NotificationEvents,
    private readonly take: (messages: readonly SequencedMessage[]) => Promise<void>,
  ) {}

  /** Resolves once it follows: what is delivered from then on is taken. @throws StoreFailedError */
  async start(): Promise<void> {
    this.session ??= this.begin();
    const { session } = this;
    try {
      await session.started;
    } catch (error) {
      this.end(session);
      throw error;
    }
  }

  /** Nobody reads any more. */
  stop(): void {
    if (this.session !== undefined) this.end(this.session);
  }

  /** It listens before it looks where the sequence is, so that nothing falls between. */
  private begin(): Session {
    const session: Session = {
      again: false,
      reading: false,
      stopListening: this.store.state.subscribe(sequenceTopic(SSE_CHANNEL), () => this.wake(session)),
      timer: this.clock.setTimer(POLL_MS, () => this.poll(session)),
      started: this.store.sequenced({ channel: SSE_CHANNEL, addresses: [], after: 0, limit: 1 }).then(({ last }) => {
        session.cursor = last;
        if (session.again) this.wake(session);
      }),
    };
    return session;
  }

  private end(session: Session): void {
    session.stopListening();
    session.timer.cancel();
    if (this.session === session) this.session = undefined;
  }

  private poll(session: Session): void {
    session.timer = this.clock.setTimer(POLL_MS, () => this.poll(session));
    this.wake(session);
  }

  private wake(session: Session): void {
    session.again = true;
    if (session.reading || session.cursor === undefined) return;
    this.read(session, session.cursor).catch((error: unknown) => {
      this.events.emit('failed', { where: 'reading the sequence of the in-app stream', error });
    });
  }

  /** Until there is no more. What fails is read at the next signal, or at the next look. */
  private async read(session: Session, from: number): Promise<void> {
    let cursor = from;
    session.reading = true;
    try {
      while (session.again && this.session === session) {
        session.again = false;
        const { messages } = await this.store.sequenced({ channel: SSE_CHANNEL, after: cursor, limit: PAGE });
        if (messages.length > 0 && this.session === session) await this.take(messages);
        cursor = messages.at(-1)?.sequence ?? cursor;
        session.cursor = cursor;
        session.again ||= messages.length === PAGE;
      }
    } finally {
      // In the same turn as the last look at `again`: a signal that comes now starts the next reading.
      session.reading = false;
    }
  }
}
