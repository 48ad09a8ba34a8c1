import { type SuppressionReason } from '../../model/suppression.js';
import { cursorNumber, pageLimit, ROWS_PER_PAGE } from '../page.js';
import { type Page } from '../store-queries.js';
import {
  holdsAt,
  isListed,
  type NewSuppression,
  type SuppressionQuery,
  type SuppressionRecord,
  type SuppressionRemoval,
  type SuppressionStore,
} from '../suppression-store.js';
import { type Changes } from './changes.js';
import { padded } from './keys.js';
import { afterVersion } from './redis-state.js';
import { type NumberedSuppression, suppressionField, suppressionsIn } from './suppressed-addresses.js';
import { type Work } from './work.js';

/** Suppressed addresses: a cell for each, with all of its records; `supn` has their order, and `supt` when each of them ended. */
export class RedisSuppressions implements SuppressionStore {
  constructor(private readonly changes: Changes) {}

  async add(suppression: NewSuppression): Promise<void> {
    const field = suppressionField(suppression);
    await this.changes.change('suppress an address', async (work) => {
      const { tx } = work;
      const [number] = await tx.read([['HINCRBY', 'seq', 'suppression', 1]]);
      const kept = await recordsOf(work, field);
      const added = { ...suppression, number: Number(number) };
      const replaced = kept.filter(({ reason, removedAt }) => reason === suppression.reason && removedAt === undefined);
      save(work, field, [...kept.filter((record) => !replaced.includes(record)), added]);
      for (const record of replaced) unlist(work, field, record);
      list(work, field, added);
    });
  }

  remove({ channel, address, reason, note }: SuppressionRemoval, now: number): Promise<number> {
    const field = suppressionField({ channel, address });
    return this.changes.change('end a suppression', async (work) => {
      const kept = await recordsOf(work, field);
      const ends = kept.filter((record) => holdsAt(record, now) && (reason ?? record.reason) === record.reason);
      const changed = kept.map((record) => (ends.includes(record) ? { ...record, removedAt: now, removedNote: note } : record));
      if (ends.length > 0) save(work, field, changed);
      for (const record of changed) list(work, field, record);
      return ends.length;
    });
  }

  async page(query: SuppressionQuery, now: number): Promise<Page<SuppressionRecord>> {
    const limit = pageLimit(query.limit);
    const { address, channel } = query;
    let before = cursorNumber(query.cursor);
    const items: SuppressionRecord[] = [];
    const [found] = await this.changes.read('list suppressions', [
      ['ZRANGE', 'supn', before === undefined ? '+inf' : `(${before}`, '-inf', 'BYSCORE', 'REV', 'LIMIT', 0, ROWS_PER_PAGE],
    ]);
    const members = found as readonly string[];
    const records = await this.recordsNamed(members);
    for (const [index, record] of records.entries()) {
      if (items.length === limit) return { items, next: String(before) };
      before = parseInt((members[index] ?? '').slice(0, padded(0).length), 36);
      const field = (members[index] ?? '').slice(padded(0).length);
      if (record === undefined || !isListed(record, query, now)) continue;
      if (address !== undefined && suppressionField({ channel: channel ?? record.channel, address }) !== field) continue;
      const { number: _, ...shown } = record;
      items.push(shown);
    }
    return { items, ...(members.length === ROWS_PER_PAGE ? { next: String(before) } : {}) };
  }

  async reasonsOf(
    channel: string,
    addresses: readonly string[],
    now: number,
  ): Promise<ReadonlyMap<string, readonly SuppressionReason[]>> {
    const fields = addresses.map((address) => suppressionField({ channel, address }));
    const values = await this.changes.read(
      'look for suppressions',
      fields.map((field) => ['HGET', 'sup', field]),
    );
    return new Map(
      addresses.flatMap((address, index) => {
        const value = values[index];
        const kept = typeof value === 'string' ? suppressionsIn(afterVersion(value)) : [];
        const reasons = kept.filter((record) => holdsAt(record, now)).map(({ reason }) => reason);
        return reasons.length === 0 ? [] : [[address, reasons] as const];
      }),
    );
  }

  forget(channel: string, address: string): Promise<number> {
    const field = suppressionField({ channel, address });
    return this.changes.change('erase a suppressed address', async (work) => {
      const kept = await recordsOf(work, field);
      const erased = kept.filter((record) => record.address !== '');
      if (erased.length === 0) return 0;
      const changed = kept.map(({ note: _, removedNote, ...rest }): NumberedSuppression => {
        return { ...rest, address: '', ...(removedNote === undefined ? {} : { removedNote: '' }) };
      });
      save(work, field, changed);
      return erased.length;
    });
  }

  prune(before: number, limit: number): Promise<number> {
    return this.changes.change('delete old suppressions', async (work) => {
      const command = ['ZRANGE', 'supt', '-inf', `(${before}`, 'BYSCORE', 'LIMIT', 0, limit] as const;
      const [members] = (await work.tx.read([command])) as readonly [readonly string[]];
      for (const member of members) {
        const field = member.slice(padded(0).length);
        const number = parseInt(member.slice(0, padded(0).length), 36);
        const kept = await recordsOf(work, field);
        save(
          work,
          field,
          kept.filter((record) => record.number !== number),
        );
        unlist(work, field, { number });
      }
      return members.length;
    });
  }

  private async recordsNamed(members: readonly string[]): Promise<readonly (NumberedSuppression | undefined)[]> {
    const size = padded(0).length;
    const values = await this.changes.read(
      'list suppressions',
      members.map((member) => ['HGET', 'sup', member.slice(size)]),
    );
    return members.map((member, index) => {
      const value = values[index];
      const number = parseInt(member.slice(0, size), 36);
      return typeof value === 'string'
        ? suppressionsIn(afterVersion(value)).find((record) => record.number === number)
        : undefined;
    });
  }
}

async function recordsOf({ tx }: Work, field: string): Promise<readonly NumberedSuppression[]> {
  return suppressionsIn(await tx.get('sup', field));
}

function save({ tx }: Work, field: string, records: readonly NumberedSuppression[]): void {
  tx.put('sup', field, records.length === 0 ? undefined : JSON.stringify(records));
}

function list({ tx }: Work, field: string, { number, until = Infinity, removedAt = Infinity }: NumberedSuppression): void {
  const member = padded(number) + field;
  tx.write('ZADD', 'supn', number, member);
  const endsAt = Math.min(until, removedAt);
  if (Number.isFinite(endsAt)) tx.write('ZADD', 'supt', endsAt, member);
}

function unlist({ tx }: Work, field: string, { number }: Pick<NumberedSuppression, 'number'>): void {
  tx.write('ZREM', 'supn', padded(number) + field);
  tx.write('ZREM', 'supt', padded(number) + field);
}
