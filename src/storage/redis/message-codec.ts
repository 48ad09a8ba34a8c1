import { type Route, ROUTES } from '../../model/delivery.js';
import { type WindowPolicy, type WindowTimes } from '../../model/window.js';
import { LEAST_URGENT } from '../persisted.js';
import { type LikeGroup, type Message, MESSAGE_STATES } from './message.js';

/** Fields that are written as they are, by a short name: a pending message stands in memory. */
const PLAIN = {
  address: 'a',
  type: 'y',
  openedAt: 'o',
  updatedAt: 'u',
  queuedAt: 'q',
  readyAt: 'r',
  attempts: 't',
  ids: 'i',
  lastId: 'l',
  lastAt: 'L',
  endedAt: 'e',
  expires: 'x',
  keyed: 'k',
  sendBy: 'b',
  stamp: 'z',
  token: 'T',
  errors: 'E',
  answer: 'A',
  dismissedAt: 'D',
  closed: 'C',
  replay: 'R',
  progress: 'P',
  sequence: 'S',
  key: 'K',
  groupKey: 'g',
  opener: 'O',
  notBefore: 'n',
  like: 'j',
} as const satisfies Partial<Record<keyof Message, string>>;
const PLAIN_FIELDS = Object.entries(PLAIN) as readonly (readonly [keyof typeof PLAIN, string])[];

interface Packed {
  readonly c: string;
  readonly s: number;
  readonly w: number;
  /** Rank; absent: the least urgent one. */
  readonly k0?: number;
  readonly m?: number;
  readonly N?: number;
  readonly Y?: Readonly<Record<string, number>>;
  readonly G?: readonly number[];
  readonly H?: Message['gone'];
  /** Hash of the policy. */
  readonly p?: string;
  readonly W?: readonly [plannedAt: number, dueAt: number, expiresAt?: number, closeBy?: number];
}

/** The words that stand for a policy in a row, and the reverse. */
export interface PolicyNames {
  nameOf(policy: WindowPolicy): string;
  named(name: string): WindowPolicy | undefined;
}

/** A message as its row holds it: JSON with short names, without what follows from the rest. */
export function packed(message: Message, policies: PolicyNames): string {
  const row: Record<string, unknown> = {
    c: message.channel,
    s: MESSAGE_STATES.indexOf(message.state),
    w: ROUTES.indexOf(message.route),
  };
  for (const [field, name] of PLAIN_FIELDS) if (message[field] !== undefined) row[name] = message[field];
  const { rank, count, total, types, type, ranks, gone, policy, times } = message;
  if (rank !== LEAST_URGENT) row['k0'] = rank;
  if (count !== 1) row['m'] = count;
  if (total !== (message.ids?.length ?? -1)) row['N'] = total;
  if (types.size !== 1 || types.get(type) !== count) row['Y'] = Object.fromEntries(types);
  row['G'] = ranks;
  if (Object.keys(gone).length > 0) row['H'] = gone;
  if (policy !== undefined) row['p'] = policies.nameOf(policy);
  if (times !== undefined) {
    const { plannedAt, dueAt, expiring } = times;
    row['W'] = expiring === undefined ? [plannedAt, dueAt] : [plannedAt, dueAt, expiring.expiresAt, expiring.closeBy];
  }
  return JSON.stringify(row);
}

/** The name of the policy that a row has. */
export function policyIn(row: Packed): string | undefined {
  return row.p;
}

export function rowOf(text: string): Packed {
  return JSON.parse(text) as Packed;
}

/** The opposite of `packed`. Its policy must be known. */
export function unpacked(id: number, row: Packed, policies: PolicyNames): Message {
  const values: Record<string, unknown> = {};
  const named = row as unknown as Readonly<Record<string, unknown>>;
  for (const [field, name] of PLAIN_FIELDS) if (named[name] !== undefined) values[field] = named[name];
  const plain = values as Pick<Message, keyof typeof PLAIN>;
  const count = row.m ?? 1;
  const policy = row.p === undefined ? undefined : policies.named(row.p);
  return {
    ...plain,
    id,
    channel: row.c,
    state: MESSAGE_STATES[row.s] ?? 'ended',
    route: ROUTES[row.w] ?? ('individual' satisfies Route),
    rank: row.k0 ?? LEAST_URGENT,
    count,
    total: row.N ?? plain.ids?.length ?? 0,
    types: new Map(row.Y === undefined ? [[plain.type, count]] : Object.entries(row.Y)),
    ranks: [...(row.G ?? [0, 0, 0, 0])],
    gone: { ...row.H },
    ids: plain.ids,
    ...(policy === undefined ? {} : { policy }),
    ...(row.W === undefined ? {} : { times: timesOf(plain.openedAt, row.W) }),
  };
}

function timesOf(openedAt: number, [plannedAt, dueAt, expiresAt, closeBy]: NonNullable<Packed['W']>): WindowTimes {
  if (expiresAt === undefined || closeBy === undefined) return { openedAt, plannedAt, dueAt };
  return { openedAt, plannedAt, dueAt, expiring: { expiresAt, closeBy } };
}

/** An allowance as its cell holds it. */
export interface StoredAllowance {
  readonly sent: number;
  readonly until: number;
  /** The first delivery that it let go. */
  readonly opener: number;
  readonly like?: LikeGroup;
}
