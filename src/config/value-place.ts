const SHOWN_CHARACTERS = 60;

/** Stands for a value that is not allowed; its problem is reported. */
export const REFUSED = Symbol('refused');
export type Refused = typeof REFUSED;

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
  refuse(value: unknown, allowed: string): Refused {
    this.problems.push(`${this.name}: got ${this.shown(value)}; it must be ${allowed}`);
    return REFUSED;
  }

  private shown(value: unknown): string {
    if (this.secret) return 'a value that is not shown';
    if (value === undefined) return 'nothing';
    if (Array.isArray(value)) return 'a list';
    if (typeof value === 'string') return JSON.stringify(value.slice(0, SHOWN_CHARACTERS));
    if (typeof value === 'number' || typeof value === 'boolean' || value === null) return String(value);
    return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
  }
}
