import { StoreNotMigratedError, StoreVersionError } from '../../model/errors.js';
import { type PostgresConnection } from './connection.js';
import { type Migration, MIGRATIONS } from './migrations.js';
import { type Queries } from './transaction.js';

/** A step may rewrite a large table, ms. */
const STATEMENT_MS = 3_600_000;

const CREATE_MIGRATION = `CREATE TABLE IF NOT EXISTS migration (
  version integer PRIMARY KEY, name text NOT NULL, runs_from integer NOT NULL, applied_at timestamptz NOT NULL DEFAULT now()
)`;

export interface AppliedMigration {
  readonly version: number;
  readonly name: string;
  readonly appliedAt: Date;
  /** A newer release applied it: this one does not know it. */
  readonly isNewer: boolean;
}

export interface MigrationStatus {
  readonly applied: readonly AppliedMigration[];
  readonly pending: readonly Migration[];
}

/** Brings the schema to what this release needs. Several may run at once: one does it, the others wait. */
export class Migrator {
  constructor(
    private readonly connection: PostgresConnection,
    private readonly migrations: readonly Migration[] = MIGRATIONS,
  ) {}

  /** @throws StoreFailedError */
  async status(): Promise<MigrationStatus> {
    return this.read();
  }

  /**
   * Applies what is pending, in one transaction. Returns what it applied.
   *
   * @throws StoreFailedError, and StoreVersionError for a schema that this release cannot work with
   */
  async apply(): Promise<readonly Migration[]> {
    return this.connection.transaction(
      'apply the migrations',
      async (queries) => {
        // However long another instance takes.
        await queries.query('SET LOCAL lock_timeout = 0');
        await queries.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [this.lockName()]);
        await queries.query(`SET LOCAL lock_timeout = ${this.connection.limits.lockMs}`);
        const { pending } = this.checked(await this.statusIn(queries));
        if (pending.length > 0) await this.create(queries);
        for (const migration of pending) await applyOne(migration, queries);
        return pending;
      },
      { statementMs: STATEMENT_MS },
    );
  }

  /**
   * Checks that nothing is pending.
   *
   * @throws StoreNotMigratedError, StoreFailedError, and StoreVersionError for a schema that this release cannot work with
   */
  async check(): Promise<void> {
    const { pending } = this.checked(await this.read());
    if (pending.length > 0) throw new StoreNotMigratedError(this.connection.place, pending.map(titleOf));
  }

  /** What `apply` would do on a database that has the steps up to `from` (0: none), as a script. */
  sql(from = 0): string {
    const { schema } = this.connection;
    const steps = this.migrations
      .filter(({ version }) => version > from)
      .map((migration) => `-- ${titleOf(migration)}\n${migration.sql.trim().replace(/;$/, '')};\n${recordOf(migration)};`);
    const opening = [
      'BEGIN;',
      `SELECT pg_advisory_xact_lock(hashtextextended('${this.lockName().replaceAll("'", "''")}', 0));`,
      `CREATE SCHEMA IF NOT EXISTS ${schema};`,
      `SET LOCAL search_path = ${schema}, pg_temp;`,
      `${CREATE_MIGRATION};`,
    ];
    return [...opening, ...steps, 'COMMIT;', ''].join('\n\n');
  }

  private read(): Promise<FullStatus> {
    return this.connection.read('read which migrations are applied', (queries) => this.statusIn(queries));
  }

  private lockName(): string {
    return `nestjs-digest migrations ${this.connection.schema}`;
  }

  private async create(queries: Queries): Promise<void> {
    const { schema } = this.connection;
    const [found] = await queries.query<{ readonly exists: boolean }>('SELECT to_regnamespace($1) IS NOT NULL AS exists', [
      schema,
    ]);
    // Making what exists would need a privilege that the role may lack.
    if (found?.exists !== true) await queries.run(`CREATE SCHEMA ${schema}`);
    await queries.run(CREATE_MIGRATION);
  }

  private async statusIn(queries: Queries): Promise<FullStatus> {
    const [found] = await queries.query<{ readonly exists: boolean }>(`SELECT to_regclass('migration') IS NOT NULL AS exists`);
    const rows = found?.exists === true ? await queries.query<AppliedRow>(APPLIED) : [];
    const known = new Set(this.migrations.map(({ version }) => version));
    const versions = new Set(rows.map(({ version }) => version));
    return {
      applied: rows.map(({ version, name, at }) => ({ version, name, appliedAt: new Date(at), isNewer: !known.has(version) })),
      pending: this.migrations.filter(({ version }) => !versions.has(version)),
      runsFrom: Math.max(0, ...rows.map(({ runsFrom }) => runsFrom)),
    };
  }

  private checked(status: FullStatus): MigrationStatus {
    const latest = this.migrations.at(-1)?.version ?? 0;
    if (status.runsFrom > latest) throw new StoreVersionError(this.connection.place, status.runsFrom, latest);
    return status;
  }
}

interface FullStatus extends MigrationStatus {
  /** The version that a release must know at least. */
  readonly runsFrom: number;
}

interface AppliedRow {
  readonly version: number;
  readonly name: string;
  readonly runsFrom: number;
  readonly at: number;
}

const APPLIED = `SELECT version, name, runs_from AS "runsFrom", (extract(epoch FROM applied_at) * 1000)::bigint AS at
  FROM migration ORDER BY version`;

async function applyOne(migration: Migration, queries: Queries): Promise<void> {
  await queries.run(migration.sql);
  await queries.run(recordOf(migration));
}

function recordOf({ version, name, runsFrom = 0 }: Migration): string {
  return `INSERT INTO migration (version, name, runs_from) VALUES (${version}, '${name.replaceAll("'", "''")}', ${runsFrom})`;
}

function titleOf({ version, name }: Migration): string {
  return `${version} ${name}`;
}
