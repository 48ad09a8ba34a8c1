import { NestFactory } from '@nestjs/core';
import { type DynamicModule, type INestApplication, type LoggerService, type ModuleMetadata } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { ExpressAdapter, type NestExpressApplication } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { AppModule } from '../../src/app.module.js';
import { type NotificationModuleOptions } from '../../src/config/options.js';
import { APPLICATION_OPTIONS, configureApplication, MAX_BODY_BYTES } from '../../src/http/application.js';
import { Clock } from '../../src/model/clock.js';
import { NotificationEvents } from '../../src/model/notification-events.js';
import { NotificationModule } from '../../src/notification.module.js';
import { ONE_REQUEST } from './one-request.js';
import { endAfterTest } from './resources.js';
import { AUTHORIZED, watch, WatchingLogger, withSecrets } from './canaries.js';

class TestRoot {}

/** What a host may be built on. */
export const ADAPTERS = ['express', 'fastify'] as const;
export type AdapterName = (typeof ADAPTERS)[number];

const NEST_OPTIONS = { ...APPLICATION_OPTIONS, logger: new WatchingLogger() } as const;
/** Of a test. */
const STORED = { store: { path: ':memory:' }, batch: { timeoutMs: 10 } } as const;

function rootOf(options: NotificationModuleOptions, providers: ModuleMetadata['providers']): DynamicModule {
  return {
    module: TestRoot,
    imports: [AppModule.register(withSecrets({ ...STORED, ...options }))],
    ...(providers === undefined ? {} : { providers }),
  };
}

/** An answer with its body read. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Its JSON; undefined when it is none. */
  readonly json: Record<string, unknown>;
}

/** The stand-alone application in this process, on its own port, with a store that keeps nothing. */
export class HttpApplication {
  private constructor(
    readonly app: INestApplication,
    /** Where the routes stand. */
    readonly base: string,
    /** Ends it now; otherwise it ends with the test. */
    readonly close: () => Promise<void>,
  ) {}

  static async start(
    options: NotificationModuleOptions = {},
    providers: ModuleMetadata['providers'] = [],
    port = 0,
  ): Promise<HttpApplication> {
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Nest types its options as a class
    const app = await NestFactory.create<NestExpressApplication>(rootOf(options, providers), NEST_OPTIONS);
    return HttpApplication.listen(app, port);
  }

  /** The same on a clock that the test moves. */
  static async startOn(clock: Clock, options: NotificationModuleOptions = {}): Promise<HttpApplication> {
    const builder = Test.createTestingModule({ imports: [rootOf(options, [])] })
      .overrideProvider(Clock)
      .useValue(clock);
    const module = await builder.compile();
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Nest types its options as a class
    const app = module.createNestApplication<NestExpressApplication>(NEST_OPTIONS);
    return HttpApplication.listen(app, 0);
  }

  private static async listen(app: NestExpressApplication, port: number): Promise<HttpApplication> {
    const end = endAfterTest('the application', () => app.close());
    configureApplication(app);
    await app.listen(port, '127.0.0.1');
    return new HttpApplication(app, `${await app.getUrl()}/notifications`, end);
  }

  /** The routes mounted by a host on Express or Fastify, which does nothing of what the stand-alone application does. */
  static async mount(
    adapter: AdapterName,
    options: NotificationModuleOptions = {},
    providers: ModuleMetadata['providers'] = [],
    logger: LoggerService = new WatchingLogger(),
    controllers: ModuleMetadata['controllers'] = [],
    prepare: (app: INestApplication) => void = () => undefined,
  ): Promise<HttpApplication> {
    const imports = [NotificationModule.forRoot(withSecrets({ ...STORED, ...options }))];
    const server = adapter === 'fastify' ? new FastifyAdapter({ bodyLimit: MAX_BODY_BYTES }) : new ExpressAdapter();
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Nest types its options as a class
    const app = await NestFactory.create({ module: TestRoot, imports, providers, controllers }, server, {
      abortOnError: false,
      forceCloseConnections: true,
      rawBody: true,
      logger,
    });
    const end = endAfterTest('the application', () => app.close());
    prepare(app);
    await app.listen(0, '127.0.0.1');
    return new HttpApplication(app, `${await app.getUrl()}/notifications`, end);
  }

  /** With the API token, unless `headers` say otherwise. @param body sent as JSON, or as it is when it is text or bytes */
  async request(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const response = await fetch(this.base + path, {
      method,
      headers: {
        ...AUTHORIZED,
        ...ONE_REQUEST,
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: isSentAsIs(body) ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    watch(`the answer to ${method} ${path}`, `${text} ${JSON.stringify([...response.headers])}`);
    const isJson = response.headers.get('content-type')?.includes('json') === true;
    return {
      status: response.status,
      headers: response.headers,
      text,
      json: isJson ? (JSON.parse(text) as Record<string, unknown>) : {},
    };
  }

  get(path: string, headers?: Record<string, string>): Promise<Answer> {
    return this.request('GET', path, undefined, headers);
  }

  post(path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer> {
    return this.request('POST', path, body, headers);
  }

  /** Resolves once this many deliveries more have ended an attempt with this outcome. Ask before what makes them. */
  ended(outcome: 'delivered' | 'dead' | 'retry' | 'released', count: number): Promise<void> {
    const events = this.app.get(NotificationEvents, { strict: false });
    return new Promise((resolve) => {
      let seen = 0;
      const stop = events.on('batchFinished', ({ messages }) => {
        for (const message of messages) if (message.outcome === outcome) seen += message.count;
        if (seen < count) return;
        stop();
        resolve();
      });
    });
  }
}

function isSentAsIs(body: unknown): body is string | Uint8Array<ArrayBuffer> {
  return typeof body === 'string' || body instanceof Uint8Array;
}
