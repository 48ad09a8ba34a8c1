import { type ClaimedMessage, type MessageEntry } from '../../src/model/message.js';
import { type NotificationContent } from '../../src/model/notification.js';

/** 2026-11-20T09:00:00Z, when the messages of tests begin. */
export const TEST_START_AT = Date.UTC(2026, 10, 20, 9);

let made = 0;

/** A message as a worker claims it, with one entry a given content; a second apart each. */
export function claimedMessage(
  contents: readonly Partial<NotificationContent>[] = [{}],
  overrides: Partial<ClaimedMessage> = {},
): ClaimedMessage {
  made += 1;
  const entries = contents.map((content, i): MessageEntry => ({
    deliveryId: `d-test-${made}-${i}`,
    route: contents.length > 1 ? 'aggregate' : 'individual',
    acceptedAt: TEST_START_AT + i * 1000,
    content: { type: 'alert', channel: 'email', title: `Title ${i}`, priority: 'normal', ...content },
  }));
  return {
    messageId: `m-test-${made}`,
    channel: 'email',
    address: 'ann@example.com',
    type: entries[0]?.content.type ?? 'alert',
    priority: 'normal',
    lane: 'normal',
    attempt: 1,
    openedAt: TEST_START_AT,
    queuedAt: TEST_START_AT + 60_000,
    entries,
    ...overrides,
  };
}
