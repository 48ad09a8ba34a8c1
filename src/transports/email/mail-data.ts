/** Most octets that are made and written in one turn of the event loop: a millisecond or two. */
export const MAX_SLICE_OCTETS = 256 * 1024;

/** Octets that do not stand in memory all at once. */
export interface SlicedData {
  readonly octets: number;
  /** The octets in order, at most {@link MAX_SLICE_OCTETS} at a time, each made when it is asked for. They can be asked for again. */
  slices(): Iterable<Buffer>;
}

/** A whole message, lines ended by CRLF, the last one's too: a text that is sent as UTF-8, or slices where there are many octets. */
export type MailData = string | SlicedData;

/** What is written to a connection: as `MailData`, once. */
export type WireData = string | Iterable<Buffer>;

const LF = 0x0a;
const DOT = 0x2e;

/** Octets on the wire. */
export function octetsOf(data: MailData): number {
  return typeof data === 'string' ? Buffer.byteLength(data) : data.octets;
}

/** Pieces one after the other. */
export class PiecedData implements SlicedData {
  readonly octets: number;

  constructor(private readonly pieces: readonly MailData[]) {
    this.octets = pieces.reduce((sum, piece) => sum + octetsOf(piece), 0);
  }

  *slices(): Generator<Buffer> {
    for (const piece of this.pieces) yield* typeof piece === 'string' ? cut(piece) : piece.slices();
  }
}

/** A text in slices. */
export function* cut(text: string): Generator<Buffer> {
  const octets = Buffer.from(text);
  for (let from = 0; from < octets.length; from += MAX_SLICE_OCTETS) yield octets.subarray(from, from + MAX_SLICE_OCTETS);
}

/** With a second dot before each dot that begins a line, as `DATA` requires it (RFC 5321 §4.5.2); `BDAT` does not (RFC 3030 §2). */
export function dotStuffed(data: WireData): WireData {
  if (typeof data !== 'string') return stuffedSlices(data);
  return data.includes('\n.') ? data.replaceAll('\n.', '\n..') : data;
}

/** One after the other, for one write: a text where all are texts. */
export function joined(pieces: readonly WireData[]): WireData {
  return pieces.every((piece) => typeof piece === 'string') ? pieces.join('') : chained(pieces);
}

function* chained(pieces: readonly WireData[]): Generator<Buffer> {
  for (const piece of pieces) yield* typeof piece === 'string' ? cut(piece) : piece;
}

/** A line may begin where a slice does. */
function* stuffedSlices(slices: Iterable<Buffer>): Generator<Buffer> {
  let endsLine = false;
  for (const slice of slices) {
    if (endsLine && slice[0] === DOT) yield Buffer.from('.');
    yield slice.includes('\n.') ? Buffer.from(slice.toString('latin1').replaceAll('\n.', '\n..'), 'latin1') : slice;
    endsLine = slice.at(-1) === LF;
  }
}
