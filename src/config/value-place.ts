const SHOWN_CHARACTERS = 60;

/** Where a configured value stands, and where its problems are reported. */
export class ValuePlace {
  constructor(
    /** A variable's name, or an option's path, e.g. `BATCH_MAX_SIZE`, `batch.maxSize`, `AGGREGATION_RULES[0].windowMs`. */
    readonly name: string,
    /** One line for each problem; collected so that one error names them all. */
    readonly problems: string[],
    /** Whether its value must never be shown. */
    readonly secret = false,
  ) {}

  /** A part of the value: `.key` or `[index]`. */
  at(part: string): ValuePlace {
    return new ValuePlace(`${this.name}${part}`, this.problems, this.secret);
  }

  /** Reports that the value is not allowed. @param allowed ends the sentence "it must be …" */
  refuse(value: unknown, allowed: string): undefined {
    this.problems.push(`${this.name}: got ${this.shown(value)}; it must be ${allowed}`);
    return undefined;
  }

  private shown(value: unknown): string {
    if (this.secret) return 'a value that is not shown';
    if (typeof value === 'function') return 'a function';
    if (typeof value === 'number' || typeof value === 'bigint') return String(value);
    return String(JSON.stringify(value)).slice(0, SHOWN_CHARACTERS);
  }
}
