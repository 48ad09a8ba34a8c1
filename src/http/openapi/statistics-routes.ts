import { EXAMPLE_AT, EXAMPLE_LATER } from './examples.js';
import { HEALTH_EXAMPLE, HISTORY_STEP_EXAMPLE, STATISTICS_EXAMPLE } from './examples-of-figures.js';
import { AT } from './notification-routes.js';
import { FILTER, PAGE, type RouteGroup } from './route-description.js';
import { FLAG, objectOf, oneOf, ref, TEXT } from './schema.js';

const PAUSE = objectOf({ channel: TEXT, paused: FLAG });
const CHANNEL = FILTER['channel'] ?? TEXT;
const LIMIT = PAGE['limit'] ?? TEXT;

export const STATISTICS_ROUTES: RouteGroup = {
  tag: 'Notifications: figures and channels',
  description: 'What happens now, what happened, and the channels that it happens on.',
  routes: [
    {
      route: 'get /stats',
      id: 'getStatistics',
      what: 'Shows counts, batches, windows, connections and times of now.',
      status: 200,
      answer: ref('NotificationStatistics'),
      example: STATISTICS_EXAMPLE,
    },
    {
      route: 'get /stats/addresses',
      id: 'listBusiestAddresses',
      what: 'Lists the busiest addresses of a channel.',
      query: { channel: CHANNEL, limit: LIMIT },
      required: ['channel'],
      status: 200,
      answer: ref('NotificationBusiestAddresses'),
      example: {
        items: [{ address: 'ann@example.com', deliveries: 40, messages: 6, pending: 2, lastActivityAt: EXAMPLE_LATER }],
      },
      refusals: ['not_found'],
    },
    {
      route: 'get /stats/channels/{channel}/{address}',
      id: 'getAddressStatistics',
      what: 'Shows the statistics of one address.',
      status: 200,
      answer: ref('NotificationAddressStatistics'),
      example: {
        channel: 'email',
        address: 'ann@example.com',
        counts: { accepted: 40, pending: 2, byState: STATISTICS_EXAMPLE.counts.byState },
        pending: 2,
        messages: 6,
        batches: { made: 7, count: 6, deliveries: 38, averageSize: 6.3, averageTimeMs: 240_100 },
        windows: { open: 1 },
        lastActivityAt: EXAMPLE_LATER,
      },
      refusals: ['not_found'],
    },
    {
      route: 'get /stats/history',
      id: 'getHistory',
      what: 'Shows the past, in steps.',
      more: 'An answer has at most 1500 steps. The past is kept by the minute for a day, and by the hour for `retention.historyMs`.',
      query: {
        from: { ...AT, description: '24 hours before `to` when absent.' },
        to: { ...AT, description: 'Now when absent.' },
        stepMs: {
          type: 'integer',
          minimum: 60_000,
          maximum: 31 * 86_400_000,
          default: 3_600_000,
          description: 'Length of a step.',
        },
      },
      status: 200,
      answer: ref('NotificationHistory'),
      example: { from: EXAMPLE_AT, to: EXAMPLE_LATER, stepMs: 60_000, items: [HISTORY_STEP_EXAMPLE] },
      refusals: ['not_found'],
    },
    {
      route: 'post /channels/{channel}/pause',
      id: 'pauseChannel',
      what: 'Pauses a channel, durably: what is accepted waits.',
      status: 200,
      answer: PAUSE,
      example: { channel: 'email', paused: true },
      refusals: ['not_found'],
    },
    {
      route: 'post /channels/{channel}/resume',
      id: 'resumeChannel',
      what: 'Resumes a channel.',
      status: 200,
      answer: PAUSE,
      example: { channel: 'email', paused: false },
      refusals: ['not_found'],
    },
    {
      route: 'get /health',
      id: 'getHealth',
      what: 'Shows the state of every part; 503 when one has an error.',
      access: 'open',
      status: 200,
      also: { 503: 'A part has an error, or the application is stopping.' },
      answer: ref('NotificationHealth'),
      example: HEALTH_EXAMPLE,
    },
    {
      route: 'get /health/live',
      id: 'getLiveness',
      what: 'Says that the process answers; it looks at nothing.',
      access: 'open',
      status: 200,
      answer: objectOf({ status: oneOf('ok') }),
      example: { status: 'ok' },
    },
    {
      route: 'get /health/ready',
      id: 'getReadiness',
      what: 'Says whether new work may be sent here; 503 when not.',
      access: 'open',
      status: 200,
      also: { 503: 'The store does not take writes, or the application is stopping.' },
      answer: ref('NotificationReadiness'),
      example: { status: 'ok', shuttingDown: false, store: HEALTH_EXAMPLE.store },
    },
    {
      route: 'get /metrics',
      id: 'getMetrics',
      what: 'Shows the metrics, in the format of Prometheus.',
      status: 200,
      answer: TEXT,
      answerType: 'text/plain',
      refusals: ['not_found'],
    },
  ],
};
