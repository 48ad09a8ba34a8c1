import { timesAfterEntry } from '../../model/decisions/window-times.js';
import { rememberLike } from '../../model/decisions/window-key.js';
import { loadAllowance } from './allowances.js';
import { endWindow } from './close.js';
import { contentOf } from './content.js';
import { type StoreState } from './store-state.js';
import { DUE } from './number-heap.js';
import { type OpenWindow } from './open-windows.js';
import { type DeliveryRow, type MessageRow } from './rows.js';
import { MESSAGE_STATE } from './schema.js';
import { LEAST_URGENT } from '../persisted.js';

/** Reads from the rows what memory holds about them, once, when the store is opened. */
export function load(store: StoreState, now: number): void {
  store.read();
  loadMessages(store, now);
  loadEntries(store, now);
  loadOpeners(store);
  loadExpiries(store);
}

/** Open windows and the ready queue. */
function loadMessages(store: StoreState, now: number): void {
  for (const raw of store.db.sql('SELECT * FROM message WHERE state < 2 ORDER BY id').iterate()) {
    const row = raw as unknown as MessageRow;
    if (row.state === MESSAGE_STATE.queued) {
      store.queue(row, row.ready_at ?? now, now);
      continue;
    }
    const policy = store.policy(row.policy);
    if (policy === undefined) continue;
    store.windows.add({
      id: row.id,
      key: row.key ?? '',
      channel: row.channel,
      address: row.address,
      type: row.type,
      ...(row.group_key === null ? {} : { groupKey: row.group_key }),
      policy,
      openedAt: row.opened_at,
      ...(row.not_before === null ? {} : { notBefore: row.not_before }),
      plannedAt: row.due_at ?? now,
      dueAt: row.due_at ?? now,
      count: 0,
      tail: 0,
      priority: LEAST_URGENT,
      severalTypes: row.mixed === 1,
    });
  }
}

/** Counts, tails, times, priorities and dedupe keys of the open windows, from their deliveries. */
function loadEntries(store: StoreState, now: number): void {
  const first = store.db.sql('SELECT min(first) AS first FROM message WHERE state = 0').get()?.['first'];
  if (typeof first !== 'number') return;
  const { windows } = store;
  const entries = store.db.sql(
    'SELECT id, message, state, priority, at, expires_at, dedupe FROM delivery WHERE id >= ? ORDER BY id',
  );
  for (const raw of entries.iterate(first)) {
    const entry = raw as unknown as DeliveryRow;
    const window = windows.byMessage(entry.message);
    if (window === undefined) continue;
    if (entry.state === 0) windows.join(window, entry);
    window.tail = entry.id;
    const times = { acceptedAt: entry.at, expiresAt: entry.expires_at ?? undefined };
    Object.assign(window, timesAfterEntry(window.policy, window, times, window.notBefore));
  }
  for (const window of [...windows.all()]) {
    if (window.count > 0) {
      store.due.push(window.dueAt, window.id, DUE.window);
      continue;
    }
    // Of a release that kept windows which nothing was left in.
    windows.remove(window);
    endWindow(store, window, now);
  }
}

/** What went out at once and still counts, and the first contents of groups of like ones, in the order in which they came. */
function loadOpeners(store: StoreState): void {
  const rows = store.db.sql('SELECT * FROM allowance ORDER BY opener').all();
  const windows = [...store.windows.all()].filter(({ policy }) => policy.similarity !== undefined);
  const openers = [
    ...rows.map((row) => ({ opener: Number(row['opener']), remember: () => loadAllowance(store, row) })),
    ...windows.map((window) => ({
      opener: store.message(window.id)?.first ?? 0,
      remember: () => rememberWindow(store, window),
    })),
  ];
  for (const { remember } of openers.toSorted((a, b) => a.opener - b.opener)) remember();
}

function rememberWindow(store: StoreState, window: OpenWindow): void {
  const opener = store.delivery(store.message(window.id)?.first ?? 0);
  if (opener !== undefined) {
    rememberLike(String(window.id), window.key, contentOf(opener), window.policy, store.windows.similarityGroups);
  }
}

/** What is pending and expires. */
function loadExpiries({ db, due }: StoreState): void {
  const rows = db.sql(
    'SELECT d.id AS id, d.expires_at AS at FROM delivery d JOIN message m ON m.id = d.message WHERE d.expires_at IS NOT NULL AND d.state = 0 AND m.state < 2',
  );
  for (const row of rows.iterate()) due.push(Number(row['at']), Number(row['id']), DUE.expiry);
}
