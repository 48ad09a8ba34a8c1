import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import type * as OpenTelemetry from '@opentelemetry/api';
import { NOTIFICATION_OPTIONS, type ResolvedOptions } from '../config/options.js';
import { Clock } from '../model/clock.js';
import { type NotificationEvent, NotificationEvents } from '../model/notification-events.js';
import { PACKAGE_VERSION } from '../model/package-version.js';
import { SpanOrigins } from './span-origins.js';

const SCOPE = 'nestjs-digest';
/** Links of one span; an SDK drops more (OpenTelemetry, `OTEL_SPAN_LINK_COUNT_LIMIT`). */
const MAX_LINKS = 128;
const NOT_INSTALLED: readonly unknown[] = ['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND'];

type Batch = NotificationEvent<'batchFinished'>;

/**
 * Spans and metrics for the host's OpenTelemetry, when the host has `@opentelemetry/api`; without it nothing listens and nothing is made. What is gathered
 * has many causes, so the spans are linked, and are not one trace: enqueue, window, batch, and a delivery in its batch. No span has an address
 * or a text of a notification.
 */
@Injectable()
export class TelemetryService implements OnModuleInit {
  private readonly origins = new SpanOrigins<OpenTelemetry.SpanContext>();

  constructor(
    private readonly events: NotificationEvents,
    private readonly clock: Clock,
    @Inject(NOTIFICATION_OPTIONS) private readonly options: Pick<ResolvedOptions, 'monitoring'>,
  ) {}

  async onModuleInit(): Promise<void> {
    if (!this.options.monitoring) return;
    const api = await import('@opentelemetry/api').catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && NOT_INSTALLED.includes(error.code)) return undefined;
      throw error;
    });
    if (api === undefined) return;
    this.trace(api);
    this.measure(api);
  }

  private trace({ trace, context, ProxyTracerProvider, ROOT_CONTEXT, SpanKind, SpanStatusCode }: typeof OpenTelemetry): void {
    // The host may register its SDK at any time; as long as it has none, no span is made.
    const isTraced = (): boolean => {
      const provider = trace.getTracerProvider();
      return !(provider instanceof ProxyTracerProvider) || provider.getDelegateTracer(SCOPE) !== undefined;
    };
    const tracer = trace.getTracer(SCOPE, PACKAGE_VERSION);
    const end = (span: OpenTelemetry.Span, at: number): OpenTelemetry.SpanContext => {
      span.end(new Date(at));
      return span.spanContext();
    };
    // In the context of the caller: the span is a child of the caller's.
    this.events.on('enqueued', ({ startedAt, deliveries }) => {
      if (!isTraced()) return;
      const { channel = '', type = '', route = '' } = deliveries[0] ?? {};
      const attributes = { ...labels({ channel, type, route }), 'nestjs_digest.deliveries': deliveries.length };
      const span = tracer.startSpan(
        'nestjs_digest enqueue',
        { kind: SpanKind.PRODUCER, startTime: new Date(startedAt), attributes },
        context.active(),
      );
      const origin = end(span, this.clock.now());
      for (const { messageId } of deliveries) this.origins.add(messageId, origin);
    });
    this.events.on('windowsClosed', ({ windows }) => {
      if (!isTraced()) return;
      const now = this.clock.now();
      for (const { messageId, channel, type, count, reason, openMs } of windows) {
        const attributes = { ...labels({ channel, type, reason }), 'nestjs_digest.deliveries': count };
        const startTime = new Date(now - openMs);
        const span = tracer.startSpan(
          'nestjs_digest window',
          { startTime, attributes, links: this.linksTo([messageId]) },
          ROOT_CONTEXT,
        );
        this.origins.replace(messageId, end(span, now));
      }
    });
    this.events.on('batchFinished', (batch) => {
      if (!isTraced()) return;
      const now = this.clock.now();
      const startTime = new Date(now - batch.durationMs);
      const links = this.linksTo(batch.messages.map(({ messageId }) => messageId));
      const attributes = {
        ...labels({ channel: batch.channel, lane: batch.lane }),
        'nestjs_digest.messages': batch.messages.length,
      };
      const kind = SpanKind.CONSUMER;
      const span = tracer.startSpan('nestjs_digest batch', { kind, startTime, attributes, links }, ROOT_CONTEXT);
      const inBatch = trace.setSpan(ROOT_CONTEXT, span);
      for (const message of batch.messages) {
        const delivery = tracer.startSpan(
          'nestjs_digest delivery',
          {
            kind: SpanKind.CLIENT,
            startTime,
            attributes: attributesOf(batch, message),
            links: this.linksTo([message.messageId]),
          },
          inBatch,
        );
        const { outcome, reason = 'unknown' } = message;
        if (outcome === 'dead' || outcome === 'retry') delivery.setStatus({ code: SpanStatusCode.ERROR, message: reason });
        end(delivery, now);
        if (outcome === 'delivered' || outcome === 'dead') this.origins.forget(message.messageId);
      }
      end(span, now);
    });
  }

  private measure({ metrics }: typeof OpenTelemetry): void {
    const meter = metrics.getMeter(SCOPE, PACKAGE_VERSION);
    const seconds = (name: string, description: string): OpenTelemetry.Histogram =>
      meter.createHistogram(name, { description, unit: 's' });
    const accepted = meter.createCounter('nestjs_digest.accepted', { description: 'Deliveries accepted' });
    const attempts = meter.createCounter('nestjs_digest.deliveries', {
      description: 'Attempts to deliver, by outcome and reason',
    });
    const duration = seconds('nestjs_digest.batch.duration', 'Time of a batch in its transport');
    const latency = seconds('nestjs_digest.latency', 'Time of a message from due to delivered');
    const buffer = seconds('nestjs_digest.buffer', 'Time that a window gathered, from its first entry to its close');
    this.events.on('accepted', ({ rows }) => {
      for (const { channel, route, count } of rows) accepted.add(count, { channel, route });
    });
    this.events.on('windowsClosed', ({ windows }) => {
      for (const { channel, openMs } of windows) buffer.record(openMs / 1000, { channel });
    });
    this.events.on('batchFinished', ({ channel, durationMs, messages }) => {
      duration.record(durationMs / 1000, { channel });
      for (const { outcome, reason, count, latencyMs } of messages) {
        attempts.add(count, { channel, outcome, ...(reason === undefined ? {} : { reason }) });
        if (outcome === 'delivered') latency.record(latencyMs / 1000, { channel });
      }
    });
  }

  private linksTo(messageIds: readonly string[]): OpenTelemetry.Link[] {
    const found = messageIds.flatMap((messageId) => this.origins.of(messageId));
    return found.slice(0, MAX_LINKS).map((context) => ({ context }));
  }
}

function attributesOf({ channel }: Batch, { type, outcome, reason, count }: Batch['messages'][number]) {
  return {
    ...labels({ channel, type, outcome, ...(reason === undefined ? {} : { reason }) }),
    'nestjs_digest.deliveries': count,
  };
}

function labels(fields: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [`nestjs_digest.${name}`, value]));
}
