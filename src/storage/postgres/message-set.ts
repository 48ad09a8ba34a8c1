import { type CloseReason } from '../../model/window.js';
import { type Column, RowWriter } from './row-writer.js';
import { type Message, type MessageState } from './rows.js';
import { type Queries } from './transaction.js';
import { readTypes, typesText } from './type-counts.js';

export interface MessageRow {
  readonly id: number;
  readonly state: MessageState;
  readonly route: number;
  readonly rank: number;
  readonly attempts: number;
  readonly count: number;
  readonly policy: number | null;
  readonly replay: number | null;
  readonly first: number;
  readonly last: number;
  readonly opened_at: number;
  readonly updated_at: number;
  readonly queued_at: number;
  readonly ready_at: number;
  readonly expires_at: number | null;
  readonly send_by: number | null;
  readonly due_at: number | null;
  readonly closed_at: number | null;
  readonly closed_by: CloseReason | null;
  readonly sequence: number | null;
  readonly channel: string;
  readonly address: string;
  readonly type: string;
  readonly types: string | null;
  readonly errors: string | null;
  readonly answer: string | null;
  readonly progress: string | null;
}

const ID: Column<Message> = ['id', 'bigint', (message) => message.id];
/** What never changes. */
const FIXED: readonly Column<Message>[] = [
  ['route', 'smallint', (message) => message.route],
  ['rank', 'smallint', (message) => message.rank],
  ['policy', 'bigint', (message) => message.policy],
  ['opened_at', 'bigint', (message) => message.openedAt],
  ['send_by', 'bigint', (message) => message.sendBy],
  ['due_at', 'bigint', (message) => message.dueAt],
  ['closed_at', 'bigint', (message) => message.closedAt],
  ['closed_by', 'text', (message) => message.closedBy],
  ['channel', 'text', (message) => message.channel],
  ['type', 'text', (message) => message.type],
];
const CHANGING: readonly Column<Message>[] = [
  ['state', 'smallint', (message) => message.state],
  ['attempts', 'smallint', (message) => message.attempts],
  ['count', 'integer', (message) => message.count],
  ['replay', 'integer', (message) => message.replay],
  ['first', 'bigint', (message) => message.first],
  ['last', 'bigint', (message) => message.last],
  ['updated_at', 'bigint', (message) => message.updatedAt],
  ['queued_at', 'bigint', (message) => message.queuedAt],
  ['ready_at', 'bigint', (message) => message.readyAt],
  ['expires_at', 'bigint', (message) => message.expiresAt],
  ['sequence', 'bigint', (message) => message.sequence],
  ['address', 'text', (message) => message.address],
  ['types', 'text', (message) => typesText(message.types, message.type)],
  ['errors', 'text', (message) => message.errors],
  ['answer', 'text', (message) => message.answer],
  ['progress', 'text', (message) => message.progress],
];
const INSERTED = new RowWriter<Message>('message', [ID, ...FIXED, ...CHANGING]);
const CHANGED = new RowWriter<Message>('message', [ID, ...CHANGING]);

/** The messages that one transaction reads, makes and changes. Who changes one must hold what says where it stands: see `0002-work.ts`. */
export class MessageSet {
  private readonly byId = new Map<number, Message>();
  private fresh: Message[] = [];
  private readonly changed = new Set<Message>();

  constructor(private readonly queries: Queries) {}

  get hasChanges(): boolean {
    return this.fresh.length > 0 || this.changed.size > 0;
  }

  get policyNumbers(): readonly (number | null)[] {
    return this.fresh.map(({ policy }) => policy);
  }

  async load(ids: readonly number[]): Promise<void> {
    const unknown = ids.filter((id) => !this.byId.has(id));
    if (unknown.length === 0) return;
    const rows = await this.queries.query<MessageRow>('SELECT * FROM message WHERE id = ANY($1::bigint[])', [unknown]);
    for (const row of rows) this.byId.set(row.id, messageOf(row));
  }

  get(id: number): Message | undefined {
    return this.byId.get(id);
  }

  add(message: Message): void {
    this.byId.set(message.id, message);
    this.fresh.push(message);
  }

  touch(message: Message): void {
    this.changed.add(message);
  }

  write(): void {
    const { fresh } = this;
    for (const message of fresh) this.changed.delete(message);
    const changed = [...this.changed];
    this.fresh = [];
    this.changed.clear();
    if (fresh.length > 0) this.queries.send(INSERTED.insert, INSERTED.values(fresh));
    if (changed.length > 0) this.queries.send(CHANGED.update, CHANGED.values(changed));
  }
}

export function messageOf(row: MessageRow): Message {
  return {
    id: row.id,
    state: row.state,
    route: row.route,
    rank: row.rank,
    attempts: row.attempts,
    count: row.count,
    policy: row.policy,
    replay: row.replay,
    first: row.first,
    last: row.last,
    openedAt: row.opened_at,
    updatedAt: row.updated_at,
    queuedAt: row.queued_at,
    readyAt: row.ready_at,
    expiresAt: row.expires_at,
    sendBy: row.send_by,
    dueAt: row.due_at,
    closedAt: row.closed_at,
    closedBy: row.closed_by,
    sequence: row.sequence,
    channel: row.channel,
    address: row.address,
    type: row.type,
    types: readTypes(row.types, row.type, row.count),
    errors: row.errors,
    answer: row.answer,
    progress: row.progress,
  };
}
