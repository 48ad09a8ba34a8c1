type Cell = string | number | boolean | null;

/** A column of a table: its name and type there, and what a row has in it. */
export type Column<Row> = readonly [name: string, type: string, of: (row: Row) => Cell];

/** Writes many rows of one table by one statement: each column is an array. */
export class RowWriter<Row> {
  private readonly from: string;
  private readonly names: string;

  /** @param columns the first one is the primary key */
  constructor(
    private readonly table: string,
    private readonly columns: readonly [Column<Row>, ...Column<Row>[]],
  ) {
    this.names = columns.map(([name]) => name).join(', ');
    this.from = `unnest(${columns.map(([, type], index) => `$${index + 1}::${type}[]`).join(', ')})`;
  }

  get insert(): string {
    return `INSERT INTO ${this.table} (${this.names}) SELECT * FROM ${this.from}`;
  }

  /** Of rows that exist. */
  get update(): string {
    const [key, ...others] = this.columns;
    const changes = others.map(([name]) => `${name} = u.${name}`).join(', ');
    return `UPDATE ${this.table} t SET ${changes} FROM ${this.from} AS u (${this.names}) WHERE t.${key[0]} = u.${key[0]}`;
  }

  values(rows: readonly Row[]): readonly Cell[][] {
    return this.columns.map(([, , of]) => rows.map(of));
  }
}
