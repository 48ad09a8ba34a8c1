/** A row longer than this is refused. Most likely a quote was never closed. */
const MAX_ROW_CHARACTERS = 256 * 1024;

/** A row of CSV, and the line that it begins at, from 1. */
export interface CsvRow {
  readonly line: number;
  readonly cells: readonly string[];
}

/** The text is no CSV from here on. */
export class CsvError extends Error {
  constructor(
    readonly line: number,
    message: string,
  ) {
    super(message);
  }
}

/**
 * Reads CSV (RFC 4180) as it is pulled: rows end in LF or CRLF, cells with a comma, a quote or a line feed stand in quotes, where a quote is
 * doubled. Blank lines are skipped.
 *
 * @throws CsvError
 */
export async function* readCsv(chunks: AsyncIterable<string>): AsyncGenerator<CsvRow> {
  const reader = new CsvReader();
  for await (const chunk of chunks) {
    for (const character of chunk) {
      const row = reader.take(character);
      if (row !== undefined) yield row;
    }
  }
  const last = reader.end();
  if (last !== undefined) yield last;
}

/** Where the next character stands. */
type Place = 'cell start' | 'plain' | 'quoted' | 'after quote';

class CsvReader {
  private line = 1;
  private rowLine = 1;
  private characters = 0;
  private cells: string[] = [];
  private cell = '';
  private place: Place = 'cell start';

  /** Returns the row that ends with this character. */
  take(character: string): CsvRow | undefined {
    if (++this.characters > MAX_ROW_CHARACTERS) {
      throw new CsvError(this.rowLine, `the row is longer than ${MAX_ROW_CHARACTERS} characters; is a quote left open?`);
    }
    if (this.place === 'quoted') {
      if (character === '"') this.place = 'after quote';
      else this.cell += character;
      if (character === '\n') this.line++;
      return undefined;
    }
    switch (character) {
      case '"':
        this.takeQuote();
        return undefined;
      case ',':
        this.endCell();
        return undefined;
      case '\n':
        return this.endRow();
      default:
        this.takePlain(character);
        return undefined;
    }
  }

  end(): CsvRow | undefined {
    if (this.place === 'quoted') throw new CsvError(this.rowLine, 'a quote that opens here is never closed');
    return this.characters === 0 ? undefined : this.endRow();
  }

  private takeQuote(): void {
    if (this.place === 'plain') throw new CsvError(this.line, 'a quote stands within a cell that does not begin with one');
    if (this.place === 'after quote') this.cell += '"';
    this.place = 'quoted';
  }

  private takePlain(character: string): void {
    if (this.place === 'after quote' && character !== '\r') {
      throw new CsvError(this.line, 'a comma or the end of the line must follow a closing quote');
    }
    if (this.place === 'cell start') this.place = 'plain';
    this.cell += character;
  }

  private endCell(): void {
    this.cells.push(this.cell);
    this.cell = '';
    this.place = 'cell start';
  }

  private endRow(): CsvRow | undefined {
    if (this.cell.endsWith('\r')) this.cell = this.cell.slice(0, -1);
    this.endCell();
    const row = { line: this.rowLine, cells: this.cells };
    this.line++;
    this.rowLine = this.line;
    this.characters = 0;
    this.cells = [];
    return row.cells.length === 1 && row.cells[0] === '' ? undefined : row;
  }
}
