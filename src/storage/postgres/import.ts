import { IDS_PER_BLOCK } from './ids.js';
import { ROUTE_NUMBER, STATE_NUMBER } from '../persisted.js';
import { type MovedRow } from '../store-transfer.js';
import { likeBase } from '../../model/decisions/window-key.js';
import { type AnsweredDelivery } from './answered-delivery.js';
import { hashOf } from './hash.js';
import { importDeliveries } from './import-deliveries.js';
import { importMessages, type ImportContext } from './import-messages.js';
import { type Queries } from './transaction.js';

type Kind = MovedRow['kind'];
type RowOf<K extends Kind> = Extract<MovedRow, { readonly kind: K }>;
type Importers = { readonly [K in Kind]: (queries: Queries, rows: readonly RowOf<K>[], context: ImportContext) => Promise<void> };

/** The counts of what was accepted elsewhere are in this row, which a later instance takes over. */
export const IMPORT_SLOT = 1;

/** Writes rows of another store. */
export async function importRows(queries: Queries, rows: readonly MovedRow[], context: ImportContext): Promise<void> {
  for (const [kind, own] of Map.groupBy(rows, (row) => row.kind)) {
    // Each kind has the importer of its rows; the compiler cannot follow that.
    const importOwn = IMPORTERS[kind] as (queries: Queries, rows: readonly MovedRow[], context: ImportContext) => Promise<void>;
    await importOwn(queries, own, context);
  }
}

const IMPORTERS: Importers = {
  identity: async (queries, [row]) => {
    if (row === undefined) return;
    await queries.run('UPDATE tag SET tag = $1', [row.tag]);
    const newest = Math.max(row.newestDelivery, row.newestMessage);
    await queries.query(`SELECT setval('id_block', greatest($1::bigint, (SELECT last_value FROM id_block)))`, [
      Math.ceil((newest + 1) / IDS_PER_BLOCK) * IDS_PER_BLOCK,
    ]);
    await queries.run('INSERT INTO slot (id) VALUES ($1::integer) ON CONFLICT DO NOTHING', [IMPORT_SLOT]);
  },
  count: async (queries, rows) => {
    await queries.run(
      `INSERT INTO counter AS c (slot, channel, type, route, state, n)
       SELECT $1::integer, * FROM unnest($2::text[], $3::text[], $4::smallint[], $5::smallint[], $6::bigint[])
       ON CONFLICT (slot, channel, type, route, state) DO UPDATE SET n = c.n + excluded.n`,
      [
        IMPORT_SLOT,
        rows.map(({ channel }) => channel),
        rows.map(({ type }) => type),
        rows.map(({ route }) => ROUTE_NUMBER[route]),
        rows.map(({ state }) => STATE_NUMBER[state]),
        rows.map(({ count }) => count),
      ],
    );
    const pending = rows.filter(({ state }) => state === 'gathering' || state === 'queued');
    const sum = pending.reduce((total, { count }) => total + count, 0);
    await queries.run('UPDATE slot SET pending = pending + $2::bigint WHERE id = $1::integer', [IMPORT_SLOT, sum]);
  },
  setting: async (queries, rows) => {
    await queries.run(
      `INSERT INTO setting AS s (name, version, value) SELECT n, 1, v FROM unnest($1::text[], $2::text[]) AS u (n, v)
       ON CONFLICT (name) DO UPDATE SET version = s.version + 1, value = excluded.value`,
      [rows.map(({ name }) => name), rows.map(({ value }) => value)],
    );
  },
  sequence: async (queries, rows) => {
    await queries.run(
      'INSERT INTO sequence (channel, last, pruned) SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[])',
      [rows.map(({ channel }) => channel), rows.map(({ last }) => last), rows.map(({ pruned }) => pruned)],
    );
  },
  history: async (queries, rows) => {
    await queries.run(
      `INSERT INTO history AS h (at, step_ms, name, value) SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::double precision[])
       ON CONFLICT (at, step_ms, name) DO UPDATE SET value = h.value + excluded.value`,
      [rows.map(({ at }) => at), rows.map(({ stepMs }) => stepMs), rows.map(({ name }) => name), rows.map(({ value }) => value)],
    );
  },
  mailTotal: async (queries, [row]) => {
    await queries.run('UPDATE mailbox_total SET total = $1::bigint', [row?.total ?? 0]);
  },
  mail: async (queries, rows) => {
    await queries.run('INSERT INTO mailbox (number, address, json) SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[])', [
      rows.map(({ number }) => number),
      rows.map(({ address }) => address),
      rows.map(({ json }) => json),
    ]);
  },
  recipient: async (queries, rows) => {
    await queries.run('INSERT INTO recipient (key, version, json) SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[])', [
      rows.map(({ key }) => key),
      rows.map(({ version }) => version),
      rows.map(({ json }) => json),
    ]);
  },
  suppression: async (queries, rows) => {
    await queries.run(
      `INSERT INTO suppression (hash, channel, address, reason, at, until, note, removed_at, removed_note)
       SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::text[], $8::bigint[], $9::text[])`,
      [
        rows.map(({ hash }) => hash),
        rows.map(({ channel }) => channel),
        rows.map(({ address }) => address),
        rows.map(({ reason }) => reason),
        rows.map(({ at }) => at),
        rows.map(({ until }) => until ?? null),
        rows.map(({ note }) => note ?? null),
        rows.map(({ removedAt }) => removedAt ?? null),
        rows.map(({ removedNote }) => removedNote ?? null),
      ],
    );
  },
  replay: async (queries, rows) => {
    await queries.run('INSERT INTO replay (id, at) SELECT * FROM unnest($1::integer[], $2::bigint[])', [
      rows.map(({ id }) => id),
      rows.map(({ at }) => at),
    ]);
  },
  message: importMessages,
  delivery: importDeliveries,
  attachment: async (queries, rows) => {
    for (const { content, number, bytes } of rows) {
      await queries.run('INSERT INTO attachment (notification, number, bytes) VALUES ($1::bigint, $2::smallint, $3::bytea)', [
        content,
        number,
        bytes,
      ]);
    }
  },
  allowance: async (queries, rows) => {
    const groups = rows.map(({ key, policy: { similarity, burst } }) =>
      similarity === undefined || burst === true ? undefined : likeBase(key),
    );
    const like = <T>(value: (row: RowOf<'allowance'>, base: string) => T): readonly (T | null)[] =>
      rows.map((row, index) => {
        const base = groups[index];
        return base === undefined || row.sample === undefined ? null : value(row, base);
      });
    await queries.run(
      `INSERT INTO allowance (key, sent, until, opener, base, name, sample, similarity)
       SELECT * FROM unnest($1::uuid[], $2::integer[], $3::bigint[], $4::bigint[], $5::uuid[], $6::text[], $7::text[], $8::double precision[])`,
      [
        rows.map(({ key }) => hashOf(key)),
        rows.map(({ sent }) => sent),
        rows.map(({ until }) => until),
        rows.map(({ opener }) => opener),
        like((_, base) => hashOf(base)),
        like(({ key }) => key),
        like(({ sample }) => sample),
        like(({ policy: { similarity } }) => similarity),
      ],
    );
  },
  answer: async (queries, rows) => {
    await queries.run(
      `INSERT INTO idempotency AS i (hash, fingerprint, at, answer) SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::text[])
       ON CONFLICT (hash) DO UPDATE SET fingerprint = excluded.fingerprint, at = excluded.at, answer = excluded.answer WHERE i.at < excluded.at`,
      [...answersOf(rows)],
    );
  },
  repeat: async (queries, rows) => {
    await queries.run(
      'INSERT INTO intake_repeat (delivery, earlier, at) SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[])',
      [rows.map(({ delivery }) => delivery), rows.map(({ earlier }) => earlier), rows.map(({ at }) => at)],
    );
  },
};

/** The newest one of each key: one store keeps older ones until they are pruned. */
function answersOf(rows: readonly RowOf<'answer'>[]) {
  const newest = new Map<string, RowOf<'answer'>>();
  for (const row of rows) if ((newest.get(row.hash)?.at ?? -Infinity) <= row.at) newest.set(row.hash, row);
  const kept = [...newest.values()];
  return [
    kept.map(({ hash }) => hash),
    kept.map(({ fingerprint }) => fingerprint),
    kept.map(({ at }) => at),
    kept.map(({ deliveries }) =>
      JSON.stringify(
        deliveries.map(({ id, address, message, route, channel }): AnsweredDelivery =>
          channel === undefined
            ? [id, address, message, ROUTE_NUMBER[route]]
            : [id, address, message, ROUTE_NUMBER[route], channel],
        ),
      ),
    ),
  ];
}
