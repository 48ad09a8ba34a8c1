import { type DeliveryError } from '../../model/delivery.js';
import { type JsonValue, type NotificationContent } from '../../model/notification.js';
import { type MailboxMail } from '../mailbox-store.js';
import { PRIORITY_NUMBER } from '../persisted.js';
import { type MovedAnswer, type MovedDelivery, type MovedMessage, type MovedRow } from '../store-transfer.js';
import { parsedContent } from '../stored-json.js';
import { recordHistory } from './history.js';
import { type MemoryCore } from './memory-core.js';
import { type MemoryStoreState } from './memory-store-state.js';
import { type MemoryDelivery, type MemoryMessage } from './records.js';

/** Takes in a row of another store. What is queued gets its place when the store is opened. */
export function importRow({ store, mailbox, recipients }: MemoryCore, row: MovedRow): void {
  switch (row.kind) {
    case 'identity':
      store.tag = row.tag;
      store.goBehind(row.newestDelivery, row.newestMessage);
      break;
    case 'count':
      // Those of what follows are taken off when that comes.
      store.prunedCounts.push({ channel: row.channel, type: row.type, route: row.route, state: row.state, count: row.count });
      break;
    case 'setting':
      store.settings.set(row.name, row.value);
      break;
    case 'sequence':
      store.sequences.set(row.channel, { last: row.last, pruned: row.pruned });
      break;
    case 'history':
      recordHistory(store.history, [{ at: row.at, stepMs: row.stepMs, name: row.name, value: row.value }]);
      break;
    case 'mailTotal':
      mailbox.total = row.total;
      break;
    case 'mail':
      mailbox.mails = [...mailbox.mails, { ...(JSON.parse(row.json) as MailboxMail), number: row.number }];
      break;
    case 'recipient':
      recipients.rows.set(row.key, { version: row.version, value: row.json });
      break;
    case 'suppression': {
      const { kind: _, hash, ...record } = row;
      const { suppressions } = store;
      suppressions.kept = [...suppressions.kept, { number: ++suppressions.newest, hash, record }];
      break;
    }
    case 'replay':
      store.replays[row.id - 1] = row.at;
      break;
    case 'message':
      store.messages.set(row.id, messageOf(row));
      break;
    case 'delivery':
      importDelivery(store, row);
      break;
    case 'attachment':
      addAttachment(store, row.content, row.bytes);
      break;
    case 'allowance': {
      const { kind: _, opener, sample: __, ...allowance } = row;
      const delivery = store.deliveries.get(opener);
      if (delivery !== undefined) store.allowances.set(row.key, { ...allowance, opener: delivery });
      break;
    }
    case 'answer':
      importAnswer(store, row);
      break;
    case 'repeat':
      // Nothing is accepted here in a transaction of the application.
      break;
  }
}

function messageOf(row: MovedMessage): MemoryMessage {
  const { gathering, dueAt, closed, errors, openedAt } = row;
  const lastError: DeliveryError | undefined = errors.at(-1);
  return {
    id: row.id,
    channel: row.channel,
    address: row.address,
    type: row.type,
    route: row.route,
    openedAt,
    updatedAt: row.updatedAt,
    state: row.state,
    deliveries: [],
    rank: PRIORITY_NUMBER[row.priority],
    attempts: row.attempts,
    queuedAt: row.queuedAt,
    readyAt: row.readyAt,
    leaseUntil: 0,
    ...(row.policy === undefined ? {} : { policy: row.policy }),
    ...(lastError === undefined ? {} : { lastError, errors }),
    ...(row.answer === undefined ? {} : { answer: row.answer }),
    ...(row.dismissedAt === undefined ? {} : { dismissedAt: row.dismissedAt }),
    ...(closed === undefined ? {} : { closed: { at: closed.at, reason: closed.by } }),
    ...(row.replay === undefined ? {} : { replay: row.replay }),
    ...(row.progress === undefined ? {} : { progress: JSON.parse(row.progress) as JsonValue }),
    ...(row.sequence === undefined ? {} : { sequence: row.sequence }),
    ...(dueAt === undefined && gathering === undefined ? {} : { key: gathering?.key ?? '' }),
    ...(gathering?.groupKey === undefined ? {} : { groupKey: gathering.groupKey }),
    ...(gathering?.notBefore === undefined ? {} : { notBefore: gathering.notBefore }),
    times:
      gathering === undefined
        ? { openedAt, plannedAt: dueAt ?? openedAt, dueAt: dueAt ?? openedAt }
        : {
            openedAt,
            plannedAt: gathering.plannedAt,
            dueAt: gathering.dueAt,
            ...(gathering.expiring === undefined ? {} : { expiring: gathering.expiring }),
          },
  };
}

function importDelivery(store: MemoryStoreState, row: MovedDelivery): void {
  const message = store.messages.get(row.message);
  if (message === undefined) return;
  const { ended } = row;
  const delivery: MemoryDelivery = {
    id: row.id,
    firstId: row.notification,
    content: contentOf(row),
    ...(row.recipient === undefined ? {} : { recipient: row.recipient }),
    acceptedAt: row.at,
    message,
    ...(ended === undefined ? {} : { ended: { state: ended.state, at: ended.at, reason: ended.reason ?? ended.state } }),
  };
  store.deliveries.set(row.id, delivery);
  message.deliveries.push(delivery);
  // It is counted by itself from here on.
  store.prunedCounts.push({ ...store.countRow(delivery), count: -1 });
}

/** The files of a notification are kept together. */
function addAttachment({ attachments, deliveries }: MemoryStoreState, content: number, bytes: Uint8Array): void {
  const notification = deliveries.get(content)?.firstId ?? content;
  attachments.set(notification, [...(attachments.get(notification) ?? []), bytes]);
}

/** An erased content has no more than any other. */
function contentOf({ json = '', erased }: MovedDelivery): NotificationContent {
  const content = parsedContent(json);
  return erased ? { type: content.type, channel: content.channel, title: '', priority: 'normal' } : content;
}

function importAnswer(store: MemoryStoreState, { hash, fingerprint, at, deliveries }: MovedAnswer): void {
  const [first] = deliveries;
  store.idempotency.set(hash, {
    fingerprint,
    at,
    deliveries: deliveries.flatMap(({ id }) => store.deliveries.get(id) ?? []),
    answer: {
      notificationId: store.publicId('n', first?.id ?? 0),
      deliveries: deliveries.map(({ id, address, message, route, channel }) => ({
        id: store.publicId('d', id),
        to: address,
        channel: channel ?? store.messages.get(message)?.channel ?? '',
        route,
        messageId: store.publicId('m', message),
        duplicate: false,
      })),
    },
  });
}
