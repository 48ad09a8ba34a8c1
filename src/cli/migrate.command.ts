import { resolveOptions } from '../config/resolve.js';
import { PostgresConnection } from '../storage/postgres/connection.js';
import { type MigrationStatus, Migrator } from '../storage/postgres/migrator.js';
import { type CommandContext, type CommandDeclaration, EXIT_CODES, UsageError } from './command.js';

const AFTER_HELP = `
Applies the pending migrations of the tables on PostgreSQL, in one transaction. A release of this package starts by itself what is pending,
unless NODE_ENV=production or store.migrate: false. Migrations only add: run this before the new release starts, while the old one is running.
`;

interface MigrateOptions {
  readonly status?: true;
  readonly sql?: true;
  readonly from?: string;
  readonly url?: string;
  readonly schema?: string;
}

/** `migrate`: the tables on PostgreSQL. */
export const declareMigrate: CommandDeclaration = (program, context) => {
  program
    .command('migrate')
    .description('applies, lists or prints the migrations of the tables on PostgreSQL')
    .option('--status', 'lists what is applied and what is pending; the exit code is 1 when something is pending')
    .option('--sql', 'prints the migrations as a script, and connects to nothing')
    .option('--from <n>', 'with --sql: only what comes after migration <n>')
    .option('--url <url>', 'postgres://user:password@host:5432/database; STORE_URL by default')
    .option('--schema <name>', 'of the tables; the parameter schema of the URL by default, or nestjs_digest')
    .addHelpText('after', AFTER_HELP)
    .action((options: MigrateOptions) => migrate(options, context));
};

async function migrate(options: MigrateOptions, context: CommandContext): Promise<void> {
  if (options.status === true && options.sql === true) throw new UsageError('give either --status or --sql');
  if (options.from !== undefined && options.sql !== true) throw new UsageError('--from goes with --sql');
  if (options.sql === true) {
    printSql(options, context);
    return;
  }
  const connection = connectionOf(options, context);
  if (connection === undefined) {
    context.print(
      'nothing to do: only PostgreSQL has migrations; the embedded store brings its tables up to date when it is opened\n',
    );
    return;
  }
  await connection.open();
  try {
    const migrator = new Migrator(connection);
    if (options.status === true) printStatus(await migrator.status(), connection, context);
    else await apply(migrator, connection, context);
  } finally {
    await connection.close();
  }
}

function printSql(options: MigrateOptions, context: CommandContext): void {
  const from = Number(options.from ?? 0);
  if (!Number.isInteger(from) || from < 0)
    throw new UsageError(`--from: got ${options.from}; it must be the number of a migration, 0 or more`);
  // Nothing is asked of a server: any address will do.
  const connection = connectionOf({ ...options, url: options.url ?? 'postgres://localhost' }, context);
  if (connection === undefined) throw new UsageError('--sql is for PostgreSQL');
  context.print(new Migrator(connection).sql(from));
}

async function apply(migrator: Migrator, { place }: PostgresConnection, { print }: CommandContext): Promise<void> {
  const applied = await migrator.apply();
  for (const { version, name } of applied) print(`applied ${version} ${name}\n`);
  if (applied.length === 0) print(`nothing to do: ${place} has every migration\n`);
}

function printStatus({ applied, pending }: MigrationStatus, { place }: PostgresConnection, { print, end }: CommandContext): void {
  print(`${place}\n`);
  for (const { version, name, appliedAt, isNewer } of applied) {
    print(`  ${version} ${name}: applied ${appliedAt.toISOString()}${isNewer ? ', by a newer release' : ''}\n`);
  }
  for (const { version, name } of pending) print(`  ${version} ${name}: pending\n`);
  if (pending.length > 0) end(EXIT_CODES.failed);
}

/** Undefined for the embedded store. @throws InvalidConfigurationError, UsageError */
function connectionOf({ url, schema }: MigrateOptions, { variables }: CommandContext): PostgresConnection | undefined {
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
