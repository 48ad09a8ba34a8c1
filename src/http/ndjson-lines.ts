import { isUtf8 } from 'node:buffer';
import { InvalidRequestError } from '../model/errors.js';

/** A line longer than this is refused, and skipped without being kept. */
export const MAX_LINE_BYTES = 256 * 1024;

/** One line of a body: its JSON value, or why there is none. `line` counts from 1, blank lines included. */
export type NdjsonLine = { readonly line: number; readonly value: unknown } | { readonly line: number; readonly problem: string };

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
const BYTE_ORDER_MARK = '\uFEFF';

/**
 * Reads newline-delimited JSON (https://github.com/ndjson/ndjson-spec) from a stream of bytes as it is pulled: never more is
 * in memory than a chunk and a line. Lines end in LF or CRLF, the last one needs neither; blank ones are skipped. An
 * InvalidRequestError of the stream is the problem of the line that it stands in, unless that is the first.
 */
export async function* readNdjson(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<NdjsonLine> {
  const lines = new LineBuffer();
  try {
    for await (const chunk of chunks) {
      for (const line of lines.take(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength))) {
        const read = parse(line);
        if (read !== undefined) yield read;
      }
    }
  } catch (error) {
    // What was read before may be kept already: its caller is to learn of that.
    if (!(error instanceof InvalidRequestError) || lines.count === 0) throw error;
    yield { line: lines.count + 1, problem: `this line and all lines after it: ${error.message}` };
    return;
  }
  const last = lines.end();
  const read = last === undefined ? undefined : parse(last);
  if (read !== undefined) yield read;
}

interface RawLine {
  readonly line: number;
  /** undefined when it was too long to keep. */
  readonly bytes: Buffer | undefined;
}

/** Cuts chunks at line feeds and keeps what has no end yet. */
class LineBuffer {
  private line = 0;
  private parts: Buffer[] = [];
  private partBytes = 0;

  /** Whole lines so far. */
  get count(): number {
    return this.line;
  }

  *take(chunk: Buffer): Generator<RawLine> {
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, start)) {
      yield this.finish(chunk.subarray(start, end));
      start = end + 1;
    }
    this.keep(chunk.subarray(start));
  }

  end(): RawLine | undefined {
    return this.partBytes === 0 ? undefined : this.finish(Buffer.alloc(0));
  }

  private keep(part: Buffer): void {
    if (part.length === 0) return;
    this.partBytes += part.length;
    if (this.partBytes > MAX_LINE_BYTES + 1) this.parts = [];
    else this.parts.push(part);
  }

  private finish(part: Buffer): RawLine {
    this.keep(part);
    this.line += 1;
    const bytes = this.parts.length === 1 ? this.parts[0] : Buffer.concat(this.parts);
    const tooLong = this.partBytes > MAX_LINE_BYTES + 1;
    this.parts = [];
    this.partBytes = 0;
    return { line: this.line, bytes: tooLong ? undefined : bytes };
  }
}

function parse({ line, bytes }: RawLine): NdjsonLine | undefined {
  const content = bytes?.at(-1) === CARRIAGE_RETURN ? bytes.subarray(0, -1) : bytes;
  if (content === undefined || content.length > MAX_LINE_BYTES) {
    return { line, problem: `the line is longer than ${MAX_LINE_BYTES} bytes` };
  }
  if (!isUtf8(content)) return { line, problem: 'the line is not UTF-8' };
  let text = content.toString('utf8');
  if (line === 1 && text.startsWith(BYTE_ORDER_MARK)) text = text.slice(1);
  if (text.trim() === '') return undefined;
  try {
    return { line, value: JSON.parse(text) };
  } catch (error) {
    return { line, problem: `not JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
}
