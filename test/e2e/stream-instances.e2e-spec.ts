import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type NotificationModuleOptions } from '../../src/config/options.js';
import { MemoryCore } from '../../src/storage/memory/memory-core.js';
import { MemoryStore } from '../../src/storage/memory/memory-store.js';
import { EventStream } from '../support/event-stream.js';
import { HttpApplication } from '../support/http-application.js';

const AT_ONCE: NotificationModuleOptions = {
  aggregation: { rules: [{ channel: 'sse', windowMs: 0, maxCount: 1 }] },
  batch: { timeoutMs: 0 },
};

describe('the in-app stream of instances that share a store', () => {
  let core: MemoryCore;
  const started: HttpApplication[] = [];
  beforeEach(() => {
    core = new MemoryCore({ maxPending: 10_000 });
  });
  afterEach(async () => {
    for (const one of started.splice(0)) await one.close();
  });

  const start = async (): Promise<HttpApplication> => {
    const one = await HttpApplication.start({ ...AT_ONCE, http: true, store: { use: new MemoryStore(core) } });
    started.push(one);
    return one;
  };
  const read = (on: HttpApplication, query: string, lastEventId = ''): Promise<EventStream> =>
    EventStream.open(`${on.base}/stream?${query}`, lastEventId === '' ? {} : { 'Last-Event-ID': lastEventId });
  const say = async (on: HttpApplication, title: string, to = 'ann'): Promise<void> => {
    expect((await on.post('', { type: 'comment', channel: 'sse', to, title })).status).toBe(202);
  };
  const title = ({ data }: { readonly data: Record<string, unknown> }): unknown =>
    (data['events'] as { readonly title: string }[])[0]?.title;

  it('a reader on one gets what others send, and goes on at a third one without gap or repeat', async () => {
    const [a, b, c] = [await start(), await start(), await start()];
    const reader = await read(a, 'user=ann');
    await say(b, 'from b');
    await say(c, 'from c');
    await say(a, 'from a');
    await say(b, 'for bob', 'bob');
    await say(b, 'from b again');
    const had = await reader.events(4);
    expect(had.map(title).toSorted()).toEqual(['from a', 'from b', 'from b again', 'from c']);
    reader.close();
    const missed = b.ended('delivered', 1);
    await say(b, 'missed');
    await missed;

    const middle = await read(c, 'user=ann', had[1]?.id);
    await say(a, 'after');
    const events = await middle.events(4);
    expect(events.slice(0, 2)).toEqual(had.slice(2));
    expect(events.slice(2).map(title)).toEqual(['missed', 'after']);
    const numbers = [...had, ...events.slice(2)].map(({ id }) => Number(id));
    expect(numbers).toEqual(numbers.toSorted((x, y) => x - y));
  });

  it('readers on all instances get many events of many senders in the same order', async () => {
    const all = [await start(), await start(), await start()];
    const readers = await Promise.all(all.map((one) => read(one, 'user=ann')));
    await Promise.all(Array.from({ length: 60 }, (_, index) => say(all[index % 3] ?? all[0]!, `n${index}`)));
    const seen = await Promise.all(
      readers.map(async (reader) => (await reader.events(60)).map((event) => [event.id, title(event)])),
    );
    expect(new Set(seen[0]?.map(([, name]) => name)).size).toBe(60);
    expect(seen[1]).toEqual(seen[0]);
    expect(seen[2]).toEqual(seen[0]);
  });

  it('a reader that was cut off before its first event misses nothing', async () => {
    const [a, b] = [await start(), await start()];
    const reader = await read(a, 'user=ann');
    const id = await reader.position();
    reader.close();
    await say(b, 'meanwhile');
    const back = await read(b, 'user=ann', id);
    expect((await back.events(1)).map(title)).toEqual(['meanwhile']);
  });
});
