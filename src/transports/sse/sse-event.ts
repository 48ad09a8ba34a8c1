import { type SseBatch } from './sse-content.js';
import { type StreamCodec } from './stream-wire.js';

/** Where a reader is: all of the messages up to `sequence`, and of that one the first `items` (all when undefined). */
export interface SsePosition {
  readonly sequence: number;
  readonly items?: number;
}

/** A `Last-Event-ID`: `1700000000000000`, or `1700000000000000.3` for a reader of single events; undefined when it is none. */
export function parsePosition(lastEventId: string): SsePosition | undefined {
  const match = /^(\d{1,16})(?:\.(\d{1,6}))?$/.exec(lastEventId);
  if (match === null) return undefined;
  const sequence = Number(match[1]);
  return match[2] === undefined ? { sequence } : { sequence, items: Number(match[2]) };
}

/** The `Last-Event-ID` of a position. */
export function idOf({ sequence, items }: SsePosition): string {
  return items === undefined ? String(sequence) : `${sequence}.${items}`;
}

/** Whether a reader at `position` has not yet had all of the message with this number. */
export function isAfter(sequence: number, position: SsePosition): boolean {
  return sequence > position.sequence || (sequence === position.sequence && position.items !== undefined);
}

/** A message with its number in the stream of the whole channel. Its texts are made once, however many readers there are. */
export class SseEvent {
  private readonly texts = new Map<StreamCodec, { whole?: readonly string[]; single?: readonly string[] }>();

  constructor(
    readonly sequence: number,
    readonly batch: SseBatch,
  ) {}

  /** One `batch` event. */
  whole(codec: StreamCodec): readonly string[] {
    return (this.textsOf(codec).whole ??= [codec.event('batch', this.batch, String(this.sequence))]);
  }

  /** One `notification` event for each item. @param from leaves out so many items of a reader that had them */
  single(codec: StreamCodec, from = 0): readonly string[] {
    const { events } = this.batch;
    const all = (this.textsOf(codec).single ??= events.map((item, index) => {
      const id = idOf({ sequence: this.sequence, ...(index === events.length - 1 ? {} : { items: index + 1 }) });
      return codec.event('notification', item, id);
    }));
    return from === 0 ? all : all.slice(from);
  }

  private textsOf(codec: StreamCodec): { whole?: readonly string[]; single?: readonly string[] } {
    const texts = this.texts.get(codec) ?? {};
    this.texts.set(codec, texts);
    return texts;
  }
}
