import { setImmediate as nextTurn } from 'node:timers/promises';
import { type DynamicModule } from '@nestjs/common';
import { NOTIFICATION_OPTIONS, type NotificationModuleOptions, type ResolvedOptions } from '../config/options.js';
import { Clock } from '../model/clock.js';
import { NotificationEvents } from '../model/notification-events.js';
import { NotificationChannel } from '../model/notification.js';
import { Randomness } from '../model/randomness.js';
import { storeOf } from '../module/store-choice.js';
import { NotificationModule } from '../notification.module.js';
import { MemoryStore } from '../storage/memory/memory-store.js';
import { NotificationStore } from '../storage/notification-store.js';
import { observed } from '../storage/observed-store.js';
import { TransportRegistry } from '../transports/transport-registry.js';
import { ManualClock } from './manual-clock.js';
import { SteadyRandomness } from './steady-randomness.js';
import { RecordingRegistry, Recordings } from './recording-registry.js';
import { type RecordingTransport } from './recording-transport.js';

/** Turns of the event loop without work after which nothing more is on its way. */
const QUIET_TURNS = 3;
/** Turns after which a message that is held, and that no transport has, waits for a timer: to be recorded again, say. */
const STALLED_TURNS = 200;

/** Options of the module, and when its clock begins. */
export interface NotificationTestingOptions extends NotificationModuleOptions {
  /** Channels to have besides the built-in ones and those the application registers. */
  readonly channels?: readonly string[];
  /** When the clock starts, epoch ms or a date. */
  readonly startAt?: number | Date;
}

/** The part of `TestingModuleBuilder` (`@nestjs/testing`) that replaces providers. */
export interface ProviderOverrides {
  /** As that of a testing module of Nest. */
  overrideProvider(token: unknown): {
    useValue(value: unknown): unknown;
    useFactory(options: { factory: (...args: never[]) => unknown; inject?: unknown[] }): unknown;
  };
}

/** Notifications as a test has them: a clock it moves, a store in memory, and transports that keep what they are given. */
export class NotificationTesting {
  /** It stands until `advance` moves it. */
  readonly clock: ManualClock;
  /** To import in place of `NotificationModule.forRoot(options)`. */
  readonly module: DynamicModule;
  private readonly recordings = new Recordings();
  private readonly channels: readonly string[];
  private store: NotificationStore | undefined;

  constructor({ channels = [], startAt, ...options }: NotificationTestingOptions) {
    this.clock = new ManualClock(startAt === undefined ? undefined : Number(startAt));
    this.channels = [...Object.values(NotificationChannel), ...channels];
    const module = NotificationModule.forRoot(options);
    this.module = {
      ...module,
      // Of two providers of one token in a module the later one counts.
      providers: [
        ...(module.providers ?? []),
        { provide: Clock, useValue: this.clock },
        { provide: Randomness, useClass: SteadyRandomness },
        {
          provide: NotificationStore,
          inject: [NOTIFICATION_OPTIONS, NotificationEvents],
          useFactory: (resolved: ResolvedOptions, events: NotificationEvents) => observed(this.open(resolved), events),
        },
        { provide: TransportRegistry, useFactory: () => new RecordingRegistry(this.recordings, this.channels) },
      ],
    };
  }

  /** What goes out on a channel. */
  transport(channel: string): RecordingTransport {
    return this.recordings.of(channel);
  }

  /** Lets time pass: every timer fires at its time, and what follows from it is done before the clock goes on. */
  async advance(ms: number): Promise<void> {
    const until = this.clock.now() + ms;
    await this.settled();
    for (let at = this.clock.nextTimerAt; at !== undefined && at <= until; at = this.clock.nextTimerAt) {
      this.clock.advance(Math.max(0, at - this.clock.now()));
      await this.settled();
    }
    this.clock.advance(until - this.clock.now());
    await this.settled();
  }

  /** Resolves when all that can be done now is done: what is in flight then waits for an answer of a transport. */
  async settled(): Promise<void> {
    let stalled = 0;
    let held = 0;
    for (let quiet = 0; quiet < QUIET_TURNS && stalled < STALLED_TURNS; quiet++) {
      await nextTurn();
      const before = held;
      held = (await this.sending()) - this.recordings.inFlight;
      if (held > 0) quiet = -1;
      stalled = held === before ? stalled + 1 : 0;
    }
  }

  /** Replaces the same parts of an application that imports `NotificationModule` itself; returns the builder it was given. */
  override<Builder extends ProviderOverrides>(builder: Builder): Builder {
    builder.overrideProvider(Clock).useValue(this.clock);
    builder.overrideProvider(Randomness).useValue(new SteadyRandomness());
    builder.overrideProvider(NotificationStore).useFactory({
      factory: (resolved: ResolvedOptions, events: NotificationEvents) => observed(this.open(resolved), events),
      inject: [NOTIFICATION_OPTIONS, NotificationEvents],
    });
    builder
      .overrideProvider(TransportRegistry)
      .useFactory({ factory: () => new RecordingRegistry(this.recordings, this.channels) });
    return builder;
  }

  /** Messages that a worker holds. */
  private async sending(): Promise<number> {
    if (this.store === undefined || !(await this.store.check()).ok) return 0;
    return (await this.store.snapshot()).messages.sending;
  }

  private open({ queue, store }: ResolvedOptions): NotificationStore {
    this.store ??= store.use === undefined ? new MemoryStore({ maxPending: queue.maxPending }) : storeOf({ queue, store });
    return this.store;
  }
}

/**
 * For the tests of an application that uses this module. Nothing is written or sent. Applications that are made with it one after
 * the other share its store: the second one is the first one after a restart.
 *
 * @param options as for `NotificationModule.forRoot`; the environment counts as it does there
 */
export function createNotificationTestingModule(options: NotificationTestingOptions = {}): NotificationTesting {
  return new NotificationTesting(options);
}
