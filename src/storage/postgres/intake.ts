import { type Acceptance } from '../notification-store.js';
import { ROUTE_NUMBER, STATE_NUMBER } from '../persisted.js';
import { parsed } from '../stored-json.js';
import { type Queries } from './transaction.js';

/** `intake.lane`: critical ones are relayed first, and those of the last not at all. */
export const INTAKE_LANE = { critical: 0, normal: 1, parked: 2 } as const;

/** A notification that the application accepted in its own transaction. */
export interface IntakeEntry {
  readonly lane: number;
  /** The least of `ids`. */
  readonly first: number;
  /** Of its deliveries, in the order of its addresses. */
  readonly ids: readonly number[];
  /** When it was accepted, epoch ms. */
  readonly at: number;
  readonly acceptance: Acceptance;
}

/** What `json` holds. */
type IntakeText = Pick<IntakeEntry, 'ids' | 'acceptance'>;

/** The INSERT of one, for a transaction of the application: it locks nothing, and every value is text, which each library passes on as it is. */
export function intakeInsert(schema: string): string {
  return `INSERT INTO ${schema}.intake (lane, first, last, deliveries, at, channel, type, route, json)
    VALUES ($1::text::smallint, $2::text::bigint, $3::text::bigint, $4::text::integer, $5::text::bigint, $6::text, $7::text, $8::text::smallint, $9::text)`;
}

/** The values of {@link intakeInsert}. */
export function intakeValues({ ids, at, acceptance }: Omit<IntakeEntry, 'lane' | 'first'>): readonly string[] {
  const { content, route } = acceptance;
  const lane = content.priority === 'critical' ? INTAKE_LANE.critical : INTAKE_LANE.normal;
  const numbers = [lane, Math.min(...ids), Math.max(...ids), ids.length, at];
  const json: IntakeText = { ids, acceptance };
  return [...numbers.map(String), content.channel, content.type, String(ROUTE_NUMBER[route]), JSON.stringify(json)];
}

/** The first one that `takeIntake` would take, locked. */
export async function nextIntake(queries: Queries): Promise<number | undefined> {
  const [row] = await queries.query<{ readonly first: number }>(
    `SELECT first FROM intake WHERE lane < ${INTAKE_LANE.parked} ORDER BY lane, first LIMIT 1 FOR UPDATE SKIP LOCKED`,
  );
  return row?.first;
}

/** Takes out the first ones, critical ones ahead, each in the order of ids. Those that another instance is relaying are passed over. */
export async function takeIntake(queries: Queries, limit: number): Promise<readonly IntakeEntry[]> {
  return entriesOf(
    await queries.query<IntakeRow>(
      `DELETE FROM intake WHERE (lane, first) IN (
         SELECT lane, first FROM intake WHERE lane < ${INTAKE_LANE.parked} ORDER BY lane, first LIMIT $1 FOR UPDATE SKIP LOCKED)
       RETURNING lane, first, at, json`,
      [limit],
    ),
  );
}

/** Takes out the first ones up to one of them; waits for other instances that are relaying some. */
export async function takeIntakeUpTo(queries: Queries, until: number, limit: number): Promise<readonly IntakeEntry[]> {
  const rows = await queries.query<IntakeRow>(
    `SELECT lane, first, at, json FROM intake WHERE lane < ${INTAKE_LANE.parked} AND first <= $1 ORDER BY lane, first LIMIT $2 FOR UPDATE`,
    [until, limit],
  );
  for (const { lane, first } of rows) queries.send('DELETE FROM intake WHERE lane = $1 AND first = $2', [lane, first]);
  return entriesOf(rows);
}

/** The last that waits; undefined when none does. */
export async function newestIntake(queries: Queries): Promise<number | undefined> {
  const [row] = await queries.query<{ readonly first: number | null }>(
    `SELECT max(first) AS first FROM intake WHERE lane < ${INTAKE_LANE.parked}`,
  );
  return row?.first ?? undefined;
}

/** Takes out the one with a delivery; waits for another instance that is relaying it. */
export async function takeIntakeOf(queries: Queries, delivery: number): Promise<readonly IntakeEntry[]> {
  const rows = await queries.query<IntakeRow>(
    'SELECT lane, first, at, json FROM intake WHERE first <= $1 AND last >= $1 FOR UPDATE',
    [delivery],
  );
  const entries = entriesOf(rows.filter(({ json }) => textOf(json)?.ids.includes(delivery) === true));
  for (const { lane, first } of entries) queries.send('DELETE FROM intake WHERE lane = $1 AND first = $2', [lane, first]);
  return entries;
}

/** Whether any can be relayed. */
export async function hasIntake(queries: Queries): Promise<boolean> {
  const [row] = await queries.query<{ readonly found: boolean }>(
    `SELECT EXISTS (SELECT FROM intake WHERE lane < ${INTAKE_LANE.parked}) AS found`,
  );
  return row?.found ?? false;
}

/** Whether the one with a delivery is not relayed yet. */
export async function isInIntake(queries: Queries, delivery: number): Promise<boolean> {
  const [row] = await queries.query<{ readonly found: boolean }>(
    'SELECT EXISTS (SELECT FROM intake WHERE first <= $1 AND last >= $1) AS found',
    [delivery],
  );
  return row?.found ?? false;
}

/** The delivery that was answered first to the idempotency key of this one. */
export async function earlierThan(queries: Queries, delivery: number): Promise<number | undefined> {
  const [row] = await queries.query<{ readonly earlier: number }>('SELECT earlier FROM intake_repeat WHERE delivery = $1', [
    delivery,
  ]);
  return row?.earlier;
}

/** Leaves one alone from here on: it cannot be relayed. */
export async function parkIntake(queries: Queries, first: number): Promise<void> {
  await queries.run(`UPDATE intake SET lane = ${INTAKE_LANE.parked} WHERE first = $1`, [first]);
}

/** Those that were set aside. */
export async function countParked(queries: Queries): Promise<number> {
  const [row] = await queries.query<{ readonly count: number }>(
    `SELECT count(*) AS count FROM intake WHERE lane = ${INTAKE_LANE.parked}`,
  );
  return row?.count ?? 0;
}

/** Selects the counts of deliveries that are not relayed yet, as rows of `counter`. */
export const INTAKE_COUNTS = `SELECT channel, type, route, ${STATE_NUMBER.queued}::smallint AS state, deliveries::bigint AS n FROM intake`;

interface IntakeRow {
  readonly lane: number;
  readonly first: number;
  readonly at: number;
  readonly json: string;
}

/** @throws TypeError for one that is damaged */
function entriesOf(rows: readonly IntakeRow[]): readonly IntakeEntry[] {
  return rows
    .map(({ json, ...row }) => {
      const text = textOf(json);
      if (text === undefined) throw new TypeError(`the notification ${row.first} of the intake cannot be read`);
      return { ...row, ...text };
    })
    .sort((a, b) => a.lane - b.lane || a.first - b.first);
}

function textOf(json: string): IntakeText | undefined {
  const text = parsed(json) as Partial<IntakeText> | undefined;
  return Array.isArray(text?.ids) && text.acceptance !== undefined ? (text as IntakeText) : undefined;
}
