import { setImmediate as nextTurn } from 'node:timers/promises';
import { type INestApplicationContext, type Type } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { BatchProcessorService, Clock, NotificationModule, type NotificationModuleOptions } from '../../src/index.js';
import { MemoryCore } from '../../src/storage/memory/memory-core.js';
import { MemoryStore } from '../../src/storage/memory/memory-store.js';
import { ManualClock, type RecordingTransport } from '../../src/testing.js';
import { RecordingRegistry, Recordings } from '../../src/testing/recording-registry.js';
import { TransportRegistry } from '../../src/transports/transport-registry.js';

/** Turns of the event loop in which all that stands on a store in memory and a manual clock is done. */
const TURNS = 60;
/** What passes of the time between two looks whether an instance stopped, ms. */
const STEP_MS = 100;

/** The clock of a machine that is wrong: so much ahead of the manual clock, until it follows the store's. */
class WrongClock extends Clock {
  constructor(
    private readonly right: ManualClock,
    private aheadMs: number,
  ) {
    super();
  }

  now(): number {
    return this.right.now() + this.aheadMs;
  }

  setTimer(delayMs: number, callback: () => void): ReturnType<Clock['setTimer']> {
    return this.right.setTimer(delayMs, callback);
  }

  override adjust(byMs: number): void {
    this.aheadMs += byMs;
  }
}

/** One instance of the module. */
export class TestInstance {
  private constructor(
    readonly app: INestApplicationContext,
    readonly store: MemoryStore,
    private readonly recordings: Recordings,
  ) {}

  /** @param sends with its transports; otherwise they are recorded */
  static async start(
    core: MemoryCore,
    clock: Clock,
    options: NotificationModuleOptions,
    sends: boolean,
    change: (store: MemoryStore) => void,
  ): Promise<TestInstance> {
    const store = new MemoryStore(core);
    change(store);
    const recordings = new Recordings();
    const builder = Test.createTestingModule({
      imports: [NotificationModule.forRoot({ ...options, store })],
    })
      .overrideProvider(Clock)
      .useValue(clock);
    const recorded = { factory: () => new RecordingRegistry(recordings, ['email', 'slack', 'webhook']) };
    const module = await (sends ? builder : builder.overrideProvider(TransportRegistry).useFactory(recorded)).compile();
    module.useLogger(false);
    return new TestInstance(await module.init(), store, recordings);
  }

  get<T>(service: Type<T>): T {
    return this.app.get(service, { strict: false });
  }

  transport(channel: string): RecordingTransport {
    return this.recordings.of(channel);
  }

  /** Titles of what it sent, message by message. */
  sent(channel = 'email'): readonly (readonly string[])[] {
    return this.transport(channel).sent.map(({ titles }) => titles);
  }
}

/** Instances of the module that share one store in memory and one manual clock. */
export class TestInstances {
  readonly clock = new ManualClock();
  readonly core = new MemoryCore({ maxPending: 10_000 }, () => this.clock.now());
  private readonly started: TestInstance[] = [];

  /**
   * @param sends with its transports; otherwise they are recorded
   * @param aheadMs by how much the clock of its machine is ahead of the store's
   * @param change made to its store before it starts
   */
  async start(
    options: NotificationModuleOptions = {},
    sends = false,
    aheadMs = 0,
    change: (store: MemoryStore) => void = () => undefined,
  ): Promise<TestInstance> {
    const clock = aheadMs === 0 ? this.clock : new WrongClock(this.clock, aheadMs);
    const instance = await TestInstance.start(this.core, clock, options, sends, change);
    this.started.push(instance);
    return instance;
  }

  /** What can be done at this time is done. */
  async settled(): Promise<void> {
    for (let turn = 0; turn < TURNS; turn++) await nextTurn();
  }

  /** No instance is sending a batch. */
  async sent(): Promise<void> {
    const inFlight = (): number =>
      this.started.reduce((sum, one) => sum + one.get(BatchProcessorService).getBatchStatistics().inFlight, 0);
    do await this.settled();
    while (inFlight() > 0);
  }

  /** Lets time pass, timer by timer. */
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

  /** Stops one as a deploy does; time passes while it waits. */
  async stop(instance: TestInstance): Promise<void> {
    const index = this.started.indexOf(instance);
    if (index >= 0) this.started.splice(index, 1);
    const closing = instance.app.close().then(() => true);
    const timePasses = async (): Promise<boolean> => {
      await this.settled();
      return false;
    };
    while (!(await Promise.race([closing, timePasses()]))) this.clock.advance(STEP_MS);
  }

  async stopAll(): Promise<void> {
    for (const instance of [...this.started]) await this.stop(instance);
  }
}
