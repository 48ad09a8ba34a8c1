/** Times of examples. */
export const EXAMPLE_AT = '2026-11-24T09:00:00.000Z';
export const EXAMPLE_LATER = '2026-11-24T09:05:00.000Z';

/** A delivery that was sent. */
export const DELIVERED = {
  id: 'd-k3v9-1',
  notificationId: 'n-k3v9-1',
  type: 'comment',
  channel: 'email',
  to: 'ann@example.com',
  title: 'Bob commented on the plan',
  priority: 'normal',
  state: 'delivered',
  route: 'aggregate',
  messageId: 'm-k3v9-1',
  attempts: 1,
  createdAt: EXAMPLE_AT,
  updatedAt: EXAMPLE_LATER,
  deliveredAt: EXAMPLE_LATER,
} as const;

/** A window that gathers. */
export const WINDOW_EXAMPLE = {
  messageId: 'm-k3v9-1',
  channel: 'email',
  address: 'ann@example.com',
  type: 'comment',
  groupKey: 'plan-7',
  count: 2,
  maxCount: 50,
  burst: false,
  priority: 'normal',
  openedAt: EXAMPLE_AT,
  lastActivityAt: '2026-11-24T09:01:10.000Z',
  dueAt: EXAMPLE_LATER,
  items: [
    { id: 'd-k3v9-1', title: 'Bob commented on the plan' },
    { id: 'd-k3v9-2', title: 'Eve commented on the plan' },
  ],
} as const;

export const RULE_EXAMPLE = { type: 'comment', channel: 'email', windowMs: 300_000, maxCount: 50 } as const;
