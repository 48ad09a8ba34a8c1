import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Test, type TestingModule } from '@nestjs/testing';
import { EmbeddingGrouping } from '../../../examples/embedding-grouping/embedding-grouping.js';
import { QueueService } from '../../../src/index.js';
import { createNotificationTestingModule, type NotificationTesting } from '../../../src/testing.js';

/** What a model would know: words of one meaning point in one direction. */
const MEANINGS = [/red|failed/i, /lunch|food/i];

describe('the example embedding-grouping', () => {
  let service: Server;
  let requests: string[][];
  let status: number;
  let notifications: NotificationTesting;
  let app: TestingModule;

  beforeEach(async () => {
    requests = [];
    status = 200;
    service = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => (body += String(chunk)));
      request.on('end', () => {
        const { input } = JSON.parse(body) as { readonly input: string[] };
        requests.push(input);
        const data = input.map((text) => ({ embedding: MEANINGS.map((meaning) => (meaning.test(text) ? 1 : 0.1)) }));
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ data }));
      });
    });
    service.listen(0, '127.0.0.1');
    await once(service, 'listening');
    const url = `http://127.0.0.1:${(service.address() as AddressInfo).port}/v1/embeddings`;
    notifications = createNotificationTestingModule({
      aggregation: { rules: [{ type: 'alert', windowMs: 60_000, maxCount: 3 }] },
      digest: { grouping: new EmbeddingGrouping(url, 'a-model') },
    });
    app = await Test.createTestingModule({ imports: [notifications.module] }).compile();
    await app.init();
  });
  afterEach(async () => {
    await app.close();
    service.closeAllConnections();
    service.close();
    await once(service, 'close');
  });

  const digest = async (titles: readonly string[]): Promise<readonly string[]> => {
    for (const title of titles)
      await app.get(QueueService).enqueue({ type: 'alert', channel: 'email', to: 'ann@example.com', title });
    await notifications.settled();
    const sent = notifications.transport('email').sent.at(-1)?.content as { readonly text: string };
    return [...sent.text.matchAll(/^\* (.*)$/gm)].map(([, title]) => title ?? '');
  };

  it('puts together what means the same, however it is worded, and asks once for each text', async () => {
    expect(await digest(['CI is red', 'Lunch is ready', 'Build 4711 failed'])).toEqual([
      'CI is red',
      'Build 4711 failed',
      'Lunch is ready',
    ]);
    expect(await digest(['Food is here', 'CI is red', 'Lunch is ready'])).toEqual([
      'Food is here',
      'Lunch is ready',
      'CI is red',
    ]);
    expect(requests).toEqual([['CI is red', 'Lunch is ready', 'Build 4711 failed'], ['Food is here']]);
  });

  it('leaves it to the wording while the service fails', async () => {
    status = 503;
    expect(await digest(['Build 4711 failed', 'CI is red', 'Build 4712 failed'])).toEqual([
      'Build 4711 failed',
      'Build 4712 failed',
      'CI is red',
    ]);
  });
});
