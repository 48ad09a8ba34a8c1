import { type HistoryRow } from '../notification-store.js';
import { type Read, type RowReader } from './read-rows.js';
import { type Work } from './work.js';

/** Rows that are read together when history is added up. */
const PART = 1_000;

/** Rows of one name and interval are summed. */
export async function recordHistory({ tx }: Work, rows: readonly HistoryRow[]): Promise<void> {
  await tx.load(rows.map((row) => ['hv', nameOf(row)]));
  for (const row of rows) {
    const name = nameOf(row);
    tx.put('hv', name, String(Number(tx.peek('hv', name) ?? 0) + row.value));
    tx.write('ZADD', 'ha', row.at, name);
  }
}

export async function historyRows(read: Read, from: number, to: number): Promise<readonly HistoryRow[]> {
  const [names] = (await read([['ZRANGE', 'ha', from, `(${to}`, 'BYSCORE']])) as readonly [readonly string[]];
  if (names.length === 0) return [];
  const [values] = (await read([['HMGET', 'hv', ...names]])) as readonly [readonly (string | null)[]];
  return names
    .flatMap((name, index): readonly HistoryRow[] => {
      const value = values[index];
      return value === null || value === undefined
        ? []
        : [{ ...rowNamed(name), value: Number(value.slice(value.indexOf('|') + 1)) }];
    })
    .sort((a, b) => a.at - b.at || a.stepMs - b.stepMs || (a.name < b.name ? -1 : 1));
}

/** See `HistoryStore.condenseHistory`. */
export async function condenseHistory(work: Work, reader: RowReader, before: number, stepMs: number): Promise<boolean> {
  const first = await firstShorter(reader.read, before, stepMs);
  if (first === undefined) return false;
  const start = Math.floor(first / stepMs) * stepMs;
  if (start + stepMs > before) return false;
  const { tx } = work;
  const [names] = (await reader.read([['ZRANGE', 'ha', '-inf', `(${start + stepMs}`, 'BYSCORE']])) as readonly [
    readonly string[],
  ];
  const shorter = names.filter((name) => rowNamed(name).stepMs < stepMs);
  await tx.load(shorter.map((name) => ['hv', name]));
  const sums = new Map<string, number>();
  for (const name of shorter) {
    const row = rowNamed(name);
    sums.set(row.name, (sums.get(row.name) ?? 0) + Number(tx.peek('hv', name) ?? 0));
    tx.put('hv', name, undefined);
    tx.write('ZREM', 'ha', name);
  }
  await recordHistory(
    work,
    [...sums].map(([name, value]) => ({ at: start, stepMs, name, value })),
  );
  return true;
}

/** When the oldest interval that is shorter begins. */
async function firstShorter(read: Read, before: number, stepMs: number): Promise<number | undefined> {
  for (let offset = 0; ; offset += PART) {
    const command = ['ZRANGE', 'ha', '-inf', `(${before}`, 'BYSCORE', 'LIMIT', offset, PART] as const;
    const [names] = (await read([command])) as readonly [readonly string[]];
    const found = names.map(rowNamed).find((row) => row.stepMs < stepMs);
    if (found !== undefined || names.length < PART) return found?.at;
  }
}

function nameOf({ at, stepMs, name }: Pick<HistoryRow, 'at' | 'stepMs' | 'name'>): string {
  return `${at}:${stepMs}:${name}`;
}

function rowNamed(text: string): Pick<HistoryRow, 'at' | 'stepMs' | 'name'> {
  const [at, stepMs, ...name] = text.split(':');
  return { at: Number(at), stepMs: Number(stepMs), name: name.join(':') };
}
