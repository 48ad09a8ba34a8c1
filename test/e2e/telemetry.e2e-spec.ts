import { AsyncLocalStorage } from 'node:async_hooks';
import {
  type Context,
  context,
  type ContextManager,
  metrics,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  type SpanOptions,
  type SpanStatus,
  trace,
} from '@opentelemetry/api';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { QueueService } from '../../src/queue/queue.service.js';
import { freePort } from '../support/free-port.js';
import { HttpApplication } from '../support/http-application.js';

/** A span as it was made. */
interface MadeSpan {
  readonly name: string;
  readonly options: SpanOptions;
  readonly parent: SpanContext | undefined;
  readonly context: SpanContext;
  status?: SpanStatus;
  endedAt?: Date;
}

const spans: MadeSpan[] = [];
const points: { readonly name: string; readonly value: number; readonly attributes: unknown }[] = [];

function startSpan(name: string, options: SpanOptions = {}, parent: Context = ROOT_CONTEXT): Span {
  const spanContext = { traceId: '1'.padStart(32, '0'), spanId: String(spans.length + 1).padStart(16, '0'), traceFlags: 1 };
  const made: MadeSpan = { name, options, parent: trace.getSpanContext(parent), context: spanContext };
  spans.push(made);
  return Object.assign(trace.wrapSpanContext(spanContext), {
    end: (at: Date) => void (made.endedAt = at),
    setStatus: (status: SpanStatus) => void (made.status = status),
  });
}

/** As the host's SDK: contexts follow asynchronous calls. */
function contextManager(): ContextManager {
  const storage = new AsyncLocalStorage<Context>();
  const manager: ContextManager = {
    active: () => storage.getStore() ?? ROOT_CONTEXT,
    with: (active, call, self, ...args) => storage.run(active, () => call.apply(self as never, args)),
    bind: (_context, target) => target,
    enable: () => manager,
    disable: () => manager,
  };
  return manager;
}

let app: HttpApplication;
beforeAll(async () => {
  context.setGlobalContextManager(contextManager());
  trace.setGlobalTracerProvider({ getTracer: () => ({ startSpan, startActiveSpan: () => undefined as never }) });
  const instrument = (name: string) => {
    const note = (value: number, attributes: unknown): unknown => points.push({ name, value, attributes });
    return { add: note, record: note };
  };
  metrics.setGlobalMeterProvider({ getMeter: () => ({ createCounter: instrument, createHistogram: instrument }) as never });
  app = await HttpApplication.start({ batch: { maxAttempts: 1, timeoutMs: 10 }, webhook: { allowPrivate: true } });
});
afterAll(() => {
  for (const api of [context, trace, metrics]) api.disable();
});

const named = (name: string): MadeSpan[] => spans.filter((span) => span.name === `nestjs_digest ${name}`);
const linked = ({ options }: MadeSpan): unknown[] => (options.links ?? []).map(({ context: { spanId } }) => spanId);

it('links what is enqueued, its window, its batch and its delivery by spans, the first in the trace of the caller', async () => {
  const caller = startSpan('caller');
  const delivered = app.ended('delivered', 2);
  const queue = app.app.get(QueueService, { strict: false });
  await context.with(trace.setSpan(ROOT_CONTEXT, caller), async () => {
    for (const title of ['one', 'two']) await queue.enqueue({ type: 'news', channel: 'email', to: 'ann@example.com', title });
  });
  await app.post('/flush', {});
  await delivered;
  const enqueued = named('enqueue');
  expect(enqueued.map(({ parent }) => parent?.spanId)).toEqual([caller, caller].map((span) => span.spanContext().spanId));
  const [window, ...others] = named('window');
  expect(others).toEqual([]);
  expect(window && linked(window)).toEqual(enqueued.map((span) => span.context.spanId));
  expect(window?.options.attributes).toMatchObject({ 'nestjs_digest.reason': 'flush', 'nestjs_digest.deliveries': 2 });
  const [batch] = named('batch');
  expect(batch?.parent).toBeUndefined();
  expect(batch && linked(batch)).toEqual([window?.context.spanId]);
  const [delivery] = named('delivery');
  expect(delivery?.parent?.spanId).toBe(batch?.context.spanId);
  expect(delivery && linked(delivery)).toEqual([window?.context.spanId]);
  expect(delivery?.options.attributes).toMatchObject({ 'nestjs_digest.outcome': 'delivered', 'nestjs_digest.deliveries': 2 });
  expect(delivery?.status).toBeUndefined();
  for (const { name, endedAt } of spans) if (name !== 'caller') expect(endedAt).toBeInstanceOf(Date);
  expect(JSON.stringify(spans)).not.toMatch(/ann@example|"one"/);
});

it('marks a delivery that failed, with its reason', async () => {
  const dead = app.ended('dead', 1);
  const to = `http://127.0.0.1:${await freePort()}/`;
  await app.post('', { type: 'hook', channel: 'webhook', to, title: 'a', priority: 'critical' });
  await dead;
  const failed = named('delivery').find(({ options }) => options.attributes?.['nestjs_digest.outcome'] === 'dead');
  expect(failed?.status).toEqual({ code: 2, message: failed?.options.attributes?.['nestjs_digest.reason'] });
  expect(failed && linked(failed)).toEqual([named('enqueue').at(-1)?.context.spanId]);
});

it('counts and measures with the same names as Prometheus', () => {
  const names = ['accepted', 'deliveries', 'batch.duration', 'latency', 'buffer'].map((name) => `nestjs_digest.${name}`);
  expect([...new Set(points.map(({ name }) => name))].toSorted()).toEqual(names.toSorted());
  const sum = (name: string): number => points.reduce((total, point) => total + (point.name === name ? point.value : 0), 0);
  expect(sum('nestjs_digest.accepted')).toBe(3);
  expect(sum('nestjs_digest.deliveries')).toBe(3);
  expect(points).toContainEqual({
    name: 'nestjs_digest.deliveries',
    value: 2,
    attributes: { channel: 'email', outcome: 'delivered' },
  });
});
