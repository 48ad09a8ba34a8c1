import { wholeSection, type ExportSection, type KeyedRow } from '../moving/export-sections.js';
import { closeBy } from '../../model/decisions/window-times.js';
import { type MemoryStoreState, priorityAt } from './memory-store-state.js';
import { type MovedDelivery, type MovedMessage, type MovedRow } from '../store-transfer.js';
import { type MemoryCore } from './memory-core.js';
import { live, type MemoryDelivery, type MemoryMessage, mostUrgent } from './records.js';

/** Everything that a store of plain maps holds. */
export function exportSections({ store, mailbox, recipients }: MemoryCore): readonly ExportSection[] {
  const whole = (rows: () => Iterable<MovedRow>): ExportSection => wholeSection(() => Promise.resolve([...rows()]));
  return [
    whole(() => [
      { kind: 'identity', tag: store.tag, newestDelivery: store.newestDelivery, newestMessage: store.nextMessage - 1 },
    ]),
    whole(() =>
      store.counts().map(({ state, ...row }) => ({ kind: 'count', ...row, state: state === 'sending' ? 'queued' : state })),
    ),
    whole(() => [...store.settings].map(([name, value]) => ({ kind: 'setting', name, value }))),
    whole(() => [...store.sequences].map(([channel, numbers]) => ({ kind: 'sequence', channel, ...numbers }))),
    whole(() => [...store.history.values()].map((row) => ({ kind: 'history', ...row }))),
    whole(() => [{ kind: 'mailTotal', total: mailbox.total }]),
    whole(() =>
      mailbox.mails.map(({ number, ...mail }) => ({ kind: 'mail', number, address: mail.to, json: JSON.stringify(mail) })),
    ),
    whole(() => [...recipients.rows].map(([key, { version, value }]) => ({ kind: 'recipient', key, version, json: value }))),
    whole(() => store.suppressions.kept.map(({ hash, record }) => ({ kind: 'suppression', hash, ...record }))),
    whole(() => store.replays.map((at, index) => ({ kind: 'replay', id: index + 1, at }))),
    paged(() => [...store.messages.values()], messageOf),
    paged(
      () => [...store.deliveries.values()],
      (delivery) => deliveryOf([...store.deliveries.values()], delivery),
    ),
    whole(() =>
      [...store.attachments].flatMap(([notification, all]) =>
        all.map((bytes, number) => ({
          kind: 'attachment' as const,
          content: contentWithFiles(store, notification),
          number,
          bytes,
        })),
      ),
    ),
    whole(() =>
      [...store.allowances.values()].map(({ opener, ...allowance }) => {
        return { kind: 'allowance', ...allowance, opener: opener.id, sample: sampleOf(opener) };
      }),
    ),
    whole(() =>
      [...store.idempotency].map(([hash, { fingerprint, at, answer }]) => ({
        kind: 'answer',
        hash,
        fingerprint,
        at,
        deliveries: answer.deliveries.map(({ id, to, messageId, route, channel }) => ({
          channel,
          id: store.numberOf('d', id) ?? 0,
          address: to,
          message: store.numberOf('m', messageId) ?? 0,
          route,
        })),
      })),
    ),
  ];
}

function paged<T extends { readonly id: number }>(all: () => readonly T[], rowOf: (one: T) => MovedRow): ExportSection {
  return {
    count: () => Promise.resolve(all().length),
    read: (after, limit) => {
      const rows = all()
        .filter(({ id }) => id > Number(after))
        .sort((a, b) => a.id - b.id);
      return Promise.resolve(rows.slice(0, limit).map((one): KeyedRow => ({ key: String(one.id), row: rowOf(one) })));
    },
  };
}

function messageOf(message: MemoryMessage): MovedMessage {
  const { state, key, times, deliveries, closed, progress, notBefore, groupKey, lastError } = message;
  const ids = deliveries.map(({ id }) => id);
  const first = ids.at(0) ?? 0;
  const entries = live(message);
  const expiries = entries.flatMap(({ content: { expiresAt } }) => expiresAt ?? []);
  const isOpen = state === 'gathering';
  const [opener] = deliveries;
  const types: Record<string, number> = {};
  for (const { content } of entries) types[content.type] = (types[content.type] ?? 0) + 1;
  return {
    kind: 'message',
    id: message.id,
    channel: message.channel,
    address: message.address,
    type: message.type,
    route: message.route,
    state: state === 'sending' ? 'queued' : state,
    priority: priorityAt(isOpen ? mostUrgent(entries) : message.rank),
    attempts: message.attempts,
    openedAt: message.openedAt,
    updatedAt: message.updatedAt,
    queuedAt: message.queuedAt,
    readyAt: message.readyAt,
    ...sendByOf(message, expiries),
    ...(message.policy === undefined ? {} : { policy: message.policy }),
    errors: message.errors ?? (lastError === undefined ? [] : [lastError]),
    ...(message.answer === undefined ? {} : { answer: message.answer }),
    ...(progress === undefined ? {} : { progress: JSON.stringify(progress) }),
    ...(message.replay === undefined ? {} : { replay: message.replay }),
    ...(message.sequence === undefined ? {} : { sequence: message.sequence }),
    ...(message.dismissedAt === undefined ? {} : { dismissedAt: message.dismissedAt }),
    ...(key === undefined ? {} : { dueAt: times.dueAt }),
    ...(closed === undefined ? {} : { closed: { at: closed.at, by: closed.reason } }),
    ...(isOpen && {
      gathering: {
        ...times,
        key: key ?? '',
        ...(groupKey === undefined ? {} : { groupKey }),
        ...(notBefore === undefined ? {} : { notBefore }),
        lastAt: deliveries.at(-1)?.acceptedAt ?? message.openedAt,
        ...(opener === undefined ? {} : { sample: sampleOf(opener) }),
      },
    }),
    types,
    first,
    last: ids.at(-1) ?? first,
    ...(expiries.length === 0 ? {} : { expiresAt: Math.min(...expiries) }),
  };
}

/** As the other stores keep it with a message that went out alone. */
function sendByOf({ key, route, deliveries: [first] }: MemoryMessage, expiries: readonly number[]): Pick<MovedMessage, 'sendBy'> {
  const [expiresAt] = expiries;
  return key !== undefined || route === 'aggregate' || first === undefined || expiresAt === undefined
    ? {}
    : { sendBy: closeBy(first.acceptedAt, expiresAt) };
}

function deliveryOf(all: readonly MemoryDelivery[], delivery: MemoryDelivery): MovedDelivery {
  const { id, firstId, content, acceptedAt, message, ended } = delivery;
  const { expiresAt, dedupeKey, groupKey, priority, title } = content;
  const sharing = all.filter((other) => other.firstId === firstId && other.content.channel === content.channel);
  return {
    kind: 'delivery',
    id,
    message: message.id,
    notification: firstId,
    content: sharing[0]?.id ?? id,
    sharedBy: sharing.length,
    erased: title === '',
    json: JSON.stringify(content),
    at: acceptedAt,
    ...(expiresAt === undefined ? {} : { expiresAt }),
    priority,
    ...(delivery.recipient === undefined ? {} : { recipient: delivery.recipient }),
    ...(dedupeKey === undefined ? {} : { dedupeKey }),
    ...(groupKey === undefined ? {} : { groupKey }),
    ...(ended === undefined ? {} : { ended: endOf(ended) }),
  };
}

function endOf({ state, at, reason }: NonNullable<MemoryDelivery['ended']>) {
  return { state, at, ...(reason === state ? {} : { reason }) };
}

/** The first delivery of a notification whose content names files. */
function contentWithFiles({ deliveries }: MemoryStoreState, notification: number): number {
  const found = [...deliveries.values()].find(
    ({ firstId, content }) => firstId === notification && content.email?.attachments !== undefined,
  );
  return found?.id ?? notification;
}

function sampleOf({ content: { title, body = '' } }: MemoryDelivery): string {
  return `${title} ${body}`;
}
