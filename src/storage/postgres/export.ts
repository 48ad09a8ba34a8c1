import { type ExportSection, type KeyedRow, wholeSection } from '../moving/export-sections.js';
import { routeAt, stateAt } from '../persisted.js';
import { type SuppressionReason } from '../../model/suppression.js';
import { type MovedCount, type MovedRow } from '../store-transfer.js';
import { type AnsweredDelivery } from './answered-delivery.js';
import { type PostgresConnection } from './connection.js';
import { movedAllowances, movedDelivery, movedMessages, movedWindows } from './export-messages.js';
import { plainHash } from './hash.js';
import { IDS_PER_BLOCK } from './ids.js';
import { type Queries } from './transaction.js';

/** Bytes of attachments on one page, unless one alone has more. */
const PAGE_BYTES = 8 * 1024 * 1024;
const NO_HASH = '00000000-0000-0000-0000-000000000000';

/** Reads rows behind a key, at most so many. */
type Read = (queries: Queries, after: string, limit: number) => Promise<readonly KeyedRow[]>;

/** Everything that a schema holds. */
export function exportSections(connection: PostgresConnection): readonly ExportSection[] {
  const read = <T>(work: (queries: Queries) => Promise<T>): Promise<T> => connection.read('read what is moved', work);
  const whole = (rows: (queries: Queries) => Promise<readonly MovedRow[]>): ExportSection => wholeSection(() => read(rows));
  const paged = (table: string, rows: Read): ExportSection => ({
    count: () => read((queries) => countOf(queries, table)),
    read: (after, limit) => read((queries) => rows(queries, after, limit)),
  });
  return [
    whole(identityOf),
    whole(countsOf),
    paged('setting', async (queries, after, limit) => {
      const text = 'SELECT name, value FROM setting WHERE name > $1 AND value IS NOT NULL ORDER BY name LIMIT $2::integer';
      const rows = await queries.query<{ readonly name: string; readonly value: string }>(text, [after, limit]);
      return rows.map(({ name, value }) => ({ key: name, row: { kind: 'setting', name, value } }));
    }),
    whole((queries) => simple(queries, 'sequence', `SELECT channel, last, pruned FROM sequence ORDER BY channel`)),
    paged('history', historyOf),
    whole((queries) => simple(queries, 'mailTotal', 'SELECT total FROM mailbox_total')),
    paged(
      'mailbox',
      byNumber('mail', 'SELECT number, address, json FROM mailbox WHERE number > $1::bigint ORDER BY number', 'number'),
    ),
    paged('recipient', async (queries, after, limit) => {
      const text = 'SELECT key, version, json FROM recipient WHERE key > $1 ORDER BY key LIMIT $2::integer';
      const rows = await queries.query<{ readonly key: string; readonly version: number; readonly json: string }>(text, [
        after,
        limit,
      ]);
      return rows.map((row) => ({ key: row.key, row: { kind: 'recipient', ...row } }));
    }),
    paged('suppression', suppressionsOf),
    whole((queries) => simple(queries, 'replay', 'SELECT id, at FROM replay ORDER BY id')),
    paged('open_window', movedWindows),
    paged('message', movedMessages),
    paged('delivery', movedDelivery),
    paged('attachment', attachmentsOf),
    paged('allowance', movedAllowances),
    paged('idempotency', answersOf),
    paged(
      'intake_repeat',
      byNumber(
        'repeat',
        'SELECT delivery, earlier, at FROM intake_repeat WHERE delivery > $1::bigint ORDER BY delivery',
        'delivery',
      ),
    ),
  ];
}

async function countOf(queries: Queries, table: string): Promise<number> {
  const [row] = await queries.query<{ readonly n: number }>(`SELECT count(*) AS n FROM ${table}`);
  return row?.n ?? 0;
}

/** Rows whose columns have the names of the fields. */
async function simple(queries: Queries, kind: 'sequence' | 'mailTotal' | 'replay', text: string): Promise<readonly MovedRow[]> {
  return (await queries.query<object>(text)).map((row) => ({ kind, ...row }) as MovedRow);
}

/** The same of a table that is found by a number. */
function byNumber(kind: 'mail' | 'repeat', text: string, key: string): Read {
  return async (queries, after, limit) => {
    const rows = await queries.query<Readonly<Record<string, unknown>>>(`${text} LIMIT $2::integer`, [Number(after), limit]);
    return rows.map((row) => ({ key: String(row[key]), row: { kind, ...row } as unknown as MovedRow }));
  };
}

async function identityOf(queries: Queries): Promise<readonly MovedRow[]> {
  const [row] = await queries.query<{ readonly tag: string; readonly newest: number }>(
    'SELECT tag, (SELECT last_value FROM id_block) AS newest FROM tag',
  );
  if (row === undefined) return [];
  const newest = row.newest + IDS_PER_BLOCK - 1;
  return [{ kind: 'identity', tag: row.tag, newestDelivery: newest, newestMessage: newest }];
}

async function countsOf(queries: Queries): Promise<readonly MovedRow[]> {
  const rows = await queries.query<Readonly<Record<'route' | 'state' | 'count', number>> & Pick<MovedCount, 'channel' | 'type'>>(
    `SELECT channel, type, route, state, sum(n)::bigint AS count FROM counter
     GROUP BY channel, type, route, state HAVING sum(n) <> 0 ORDER BY 1, 2, 3, 4`,
  );
  return rows.map(({ route, state: number, ...row }): MovedCount => {
    const state = stateAt(number) ?? 'cancelled';
    return { kind: 'count', ...row, route: routeAt(route), state: state === 'sending' ? 'queued' : state };
  });
}

async function historyOf(queries: Queries, after: string, limit: number): Promise<readonly KeyedRow[]> {
  const [from, step, name] = after === '' ? [-1, 0, ''] : (JSON.parse(after) as [number, number, string]);
  const rows = await queries.query<{
    readonly at: number;
    readonly stepMs: number;
    readonly name: string;
    readonly value: number;
  }>(
    `SELECT at, step_ms AS "stepMs", name, value FROM history WHERE (at, step_ms, name) > ($1::bigint, $2::bigint, $3)
     ORDER BY at, step_ms, name LIMIT $4::integer`,
    [from, step, name, limit],
  );
  return rows.map((row) => ({ key: JSON.stringify([row.at, row.stepMs, row.name]), row: { kind: 'history', ...row } }));
}

interface SuppressionRow {
  readonly id: number;
  readonly hash: string;
  readonly channel: string;
  readonly address: string;
  readonly reason: SuppressionReason;
  readonly at: number;
  readonly until: number | null;
  readonly note: string | null;
  readonly removed_at: number | null;
  readonly removed_note: string | null;
}

async function suppressionsOf(queries: Queries, after: string, limit: number): Promise<readonly KeyedRow[]> {
  const text = 'SELECT * FROM suppression WHERE id > $1::bigint ORDER BY id LIMIT $2::integer';
  const rows = await queries.query<SuppressionRow>(text, [Number(after), limit]);
  return rows.map(({ id, hash, channel, address, reason, at, until, note, removed_at, removed_note }) => ({
    key: String(id),
    row: {
      kind: 'suppression',
      hash: plainHash(hash),
      channel,
      address,
      reason,
      at,
      ...(until === null ? {} : { until }),
      ...(note === null ? {} : { note }),
      ...(removed_at === null ? {} : { removedAt: removed_at }),
      ...(removed_note === null ? {} : { removedNote: removed_note }),
    },
  }));
}

async function attachmentsOf(queries: Queries, after: string, limit: number): Promise<readonly KeyedRow[]> {
  const [notification, number] = after === '' ? [0, 0] : (JSON.parse(after) as [number, number]);
  const rows = await queries.query<{ readonly content: number; readonly number: number; readonly bytes: Uint8Array }>(
    `SELECT notification AS content, number, bytes FROM attachment JOIN (
       SELECT notification, number, sum(octet_length(bytes)) OVER (ORDER BY notification, number) AS total, row_number() OVER (ORDER BY notification, number) AS place
       FROM (SELECT * FROM attachment WHERE (notification, number) > ($1::bigint, $2::smallint) ORDER BY notification, number LIMIT $3::integer) AS a
     ) AS s USING (notification, number) WHERE place = 1 OR total <= $4::bigint ORDER BY notification, number`,
    [notification, number, limit, PAGE_BYTES],
  );
  return rows.map((row) => ({ key: JSON.stringify([row.content, row.number]), row: { kind: 'attachment', ...row } }));
}

interface AnswerRow {
  readonly hash: string;
  readonly fingerprint: string;
  readonly at: number;
  readonly answer: string;
}

async function answersOf(queries: Queries, after: string, limit: number): Promise<readonly KeyedRow[]> {
  const text = 'SELECT hash, fingerprint, at, answer FROM idempotency WHERE hash > $1::uuid ORDER BY hash LIMIT $2::integer';
  const rows = await queries.query<AnswerRow>(text, [after === '' ? NO_HASH : after, limit]);
  return rows.map(({ hash, fingerprint, at, answer }) => ({
    key: hash,
    row: {
      kind: 'answer',
      hash: plainHash(hash),
      fingerprint: plainHash(fingerprint),
      at,
      deliveries: (JSON.parse(answer) as readonly AnsweredDelivery[]).map(([id, address, message, route, channel]) => {
        return { id, address, message, route: routeAt(route), ...(channel === undefined ? {} : { channel }) };
      }),
    },
  }));
}
