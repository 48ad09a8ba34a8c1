import assert from 'node:assert/strict';
import { client } from './client/client.gen.js';
import {
  acceptNotification,
  cancelDelivery,
  findDelivery,
  findMessage,
  flushWindow,
  getHealth,
  getHistory,
  getStatistics,
  listDeliveries,
  listWindows,
  previewWindow,
  replaceRules,
} from './client/index.js';

// What an application does with the client that a generator made of the description; `openapi-client.e2e-spec.ts` compiles and runs it.
const [, , origin = '', token = ''] = process.argv;
client.setConfig({ baseUrl: origin, auth: token, headers: { Connection: 'close' } });

const rules = [{ type: 'comment', windowMs: 300_000, maxCount: 50 }];
assert.deepEqual((await replaceRules({ body: { rules }, throwOnError: true })).data.rules, rules);

const body = { type: 'comment', channel: 'email', to: 'ann@example.com', title: 'Bob commented', groupKey: 'plan-7' };
const { data: accepted, response } = await acceptNotification({ body, throwOnError: true });
assert.equal(response.status, 202);
const [delivery] = accepted.deliveries;
assert.ok(delivery);

const { data: windows } = await listWindows({ query: { channel: 'email', q: 'bob' }, throwOnError: true });
assert.deepEqual(
  windows.items.map(({ messageId, groupKey, count }) => [messageId, groupKey, count]),
  [[delivery.messageId, 'plan-7', 1]],
);
const { data: preview } = await previewWindow({ path: { messageId: delivery.messageId }, throwOnError: true });
assert.equal(preview.shape, 'digest');

const { data: cancelled } = await cancelDelivery({ path: { id: delivery.id }, throwOnError: true });
assert.equal(cancelled.state, 'cancelled');
const again = await cancelDelivery({ path: { id: delivery.id } });
assert.equal(again.error?.code, 'conflict');
const { error: invalid } = await acceptNotification({ body: { ...body, to: '' } });
assert.ok(invalid?.errors?.some(({ path }) => path.startsWith('to')));
const missing = await flushWindow({ path: { messageId: 'm-none' } });
assert.equal(missing.error?.code, 'not_found');

const { data: found } = await findDelivery({ path: { id: delivery.id }, throwOnError: true });
assert.equal(found.reason, 'cancelled');
const { data: message } = await findMessage({ path: { messageId: delivery.messageId }, throwOnError: true });
assert.equal(message.deliveries[0]?.id, delivery.id);
const { data: list } = await listDeliveries({ query: { state: 'cancelled', limit: 10 }, throwOnError: true });
assert.deepEqual(
  list.items.map(({ id }) => id),
  [delivery.id],
);

const { data: statistics } = await getStatistics({ throwOnError: true });
assert.deepEqual([statistics.counts.accepted, statistics.counts.byState.cancelled], [1, 1]);
assert.equal(statistics.channels['email']?.state, 'ok');
const { data: history } = await getHistory({ query: { stepMs: 60_000 }, throwOnError: true });
assert.ok(history.items.length > 1_000);
assert.equal((await getHealth({ throwOnError: true })).data.store.status, 'ok');
console.log('the client works');
