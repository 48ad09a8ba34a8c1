/** How events stand on a kind of wire. */
export interface StreamCodec {
  /**
   * One event as text.
   *
   * @param id where a reader is that has had it; none: the event changes nothing about that
   */
  event(name: string, data: unknown, id?: string): string;
}

/** The line to one reader. */
export interface StreamWire {
  readonly codec: StreamCodec;
  /** Bytes that were written and have not left this process. */
  readonly unreadBytes: number;
  /** Opens it; `id` says where the reader is. Called once, before any event. */
  begin(id: string): void;
  /** Events, in order. */
  write(events: readonly string[]): void;
  /** Keeps the line open past those that close what is quiet. */
  heartbeat(): void;
  /** Ends it, begun or not, after a last event. @param why `slow`: the reader does not read; `stop`: the application stops */
  end(why: 'slow' | 'stop', last?: string): void;
  /** Calls back once when the line has ended, whichever side ended it. */
  onEnd(listener: () => void): void;
}
