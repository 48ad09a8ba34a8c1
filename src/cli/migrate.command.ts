import { resolveOptions } from '../config/resolve.js';
import { PostgresConnection } from '../storage/postgres/connection.js';
import { type MigrationStatus, Migrator } from '../storage/postgres/migrator.js';
import { optionsOf } from './arguments.js';
import { type Command, type CommandContext, UsageError } from './command.js';

const HELP = `usage: npx nestjs-digest migrate [--status | --sql [--from N]] [--url URL] [--schema NAME]

Applies the pending migrations of the tables on PostgreSQL, in one transaction. A release of this package starts by itself what is pending,
unless NODE_ENV=production or store.migrate: false. Migrations only add: run this before the new release starts, while the old one is running.

  --status       lists what is applied and what is pending; the exit code is 1 when something is pending
  --sql          prints the migrations as a script, and connects to nothing
  --from N       with --sql: only what comes after migration N
  --url URL      postgres://user:password@host:5432/database; STORE_URL by default
  --schema NAME  of the tables; the parameter schema of the URL by default, or nestjs_digest
  -h, --help     prints this
`;

const OPTIONS = {
  status: { type: 'boolean' },
  sql: { type: 'boolean' },
  from: { type: 'string' },
  url: { type: 'string' },
  schema: { type: 'string' },
} as const;

type Arguments = ReturnType<typeof optionsOf<typeof OPTIONS>>;

export const MIGRATE_COMMAND: Command = {
  name: 'migrate',
  summary: 'applies, lists or prints the migrations of the tables on PostgreSQL',
  help: HELP,

  async run(args, context) {
    const options = optionsOf(args, OPTIONS);
    if (options.status === true && options.sql === true) throw new UsageError('give either --status or --sql');
    if (options.from !== undefined && options.sql !== true) throw new UsageError('--from goes with --sql');
    if (options.sql === true) return printSql(options, context);
    const connection = connectionOf(options, context);
    if (connection === undefined) {
      context.print('nothing to do: the embedded store brings its tables up to date when it is opened\n');
      return 0;
    }
    await connection.open();
    try {
      const migrator = new Migrator(connection);
      return options.status === true
        ? printStatus(await migrator.status(), connection, context)
        : await apply(migrator, connection, context);
    } finally {
      await connection.close();
    }
  },
};

function printSql(options: Arguments, context: CommandContext): number {
  const from = Number(options.from ?? 0);
  if (!Number.isInteger(from) || from < 0)
    throw new UsageError(`--from: got ${options.from}; it must be the number of a migration`);
  // Nothing is asked of a server: any address will do.
  const connection = connectionOf({ ...options, url: options.url ?? 'postgres://localhost' }, context);
  if (connection === undefined) throw new UsageError('--sql is for PostgreSQL');
  context.print(new Migrator(connection).sql(from));
  return 0;
}

async function apply(migrator: Migrator, { place }: PostgresConnection, { print }: CommandContext): Promise<number> {
  const applied = await migrator.apply();
  for (const { version, name } of applied) print(`applied ${version} ${name}\n`);
  if (applied.length === 0) print(`nothing to do: ${place} has every migration\n`);
  return 0;
}

function printStatus({ applied, pending }: MigrationStatus, { place }: PostgresConnection, { print }: CommandContext): number {
  print(`${place}\n`);
  for (const { version, name, appliedAt, isNewer } of applied) {
    print(`  ${version} ${name}: applied ${appliedAt.toISOString()}${isNewer ? ', by a newer release' : ''}\n`);
  }
  for (const { version, name } of pending) print(`  ${version} ${name}: pending\n`);
  return pending.length === 0 ? 0 : 1;
}

/** Undefined for the embedded store. @throws InvalidConfigurationError, UsageError */
function connectionOf({ url, schema }: Arguments, { variables }: CommandContext): PostgresConnection | undefined {
  const { STORE_URL, STORE_PATH, NODE_ENV } = variables;
  if (url === undefined && (STORE_URL === undefined || STORE_URL === '') && STORE_PATH === undefined) {
    throw new UsageError('where are the tables? Set STORE_URL, or give --url postgres://user:password@host:5432/database');
  }
  const own = { ...(url === undefined ? {} : { url }), ...(schema === undefined ? {} : { schema }) };
  const { postgres } = resolveOptions({ store: own }, { STORE_URL, STORE_PATH, NODE_ENV }).store;
  return postgres === undefined ? undefined : new PostgresConnection(postgresOf(postgres));
}

function postgresOf({ url, schema }: { readonly url?: string | undefined; readonly schema?: string | undefined }) {
  return { url, schema, poolSize: 1 };
}
