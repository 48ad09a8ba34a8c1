import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { PushReceiver } from '../../../test/support/push-receiver.js';
import { deviceKey, type PushDevice } from '../../model/push-device.js';
import { StoredPushDevices } from './push-devices.js';

const { keys } = new PushReceiver();
const device = (name: string): PushDevice => ({ kind: 'web', endpoint: `https://push.example/${name}`, keys });

type DeviceRecords = ConstructorParameters<typeof StoredPushDevices>[0];

/** Records of which each reading and each change takes its own turn, in an order that the test decides. */
class ScheduledRecords implements DeviceRecords {
  readonly texts = new Map<string, string>();

  constructor(private readonly scheduler: fc.Scheduler) {}

  get(name: string): Promise<string | undefined> {
    return this.turn(() => this.texts.get(name));
  }

  update(name: string, change: (value: string | undefined) => string | undefined): Promise<string | undefined> {
    return this.turn(() => {
      const value = change(this.texts.get(name));
      this.write(name, value);
      return value;
    });
  }

  private write(name: string, value: string | undefined): void {
    if (value === undefined) this.texts.delete(name);
    else this.texts.set(name, value);
  }

  private turn<T>(act: () => T): Promise<T> {
    return this.scheduler.schedule(Promise.resolve()).then(act);
  }
}

describe('the devices of people', () => {
  it('a device is one person’s, in whatever order people register and leave it at one time', async () => {
    const people = ['ann', 'bob', 'cid'];
    const step = fc.record({ adds: fc.boolean(), person: fc.constantFrom(...people) });
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.array(step, { minLength: 2, maxLength: 5 }), async (scheduler, steps) => {
        const records = new ScheduledRecords(scheduler);
        const devices = new StoredPushDevices(records, () => 0, 2);
        const shared = device('shared');
        const all = steps.map(({ adds, person }) =>
          adds ? devices.add(person, shared) : devices.remove(person, deviceKey(shared)),
        );
        await scheduler.waitFor(Promise.all(all));
        // Whatever happened, the next to register it is the only one who has it.
        await scheduler.waitFor(devices.add('dot', shared));
        const lists = await scheduler.waitFor(Promise.all([...people, 'dot'].map((person) => devices.of(person))));
        expect(lists.map((list) => list.length)).toEqual([0, 0, 0, 1]);
      }),
      { numRuns: 300 },
    );
  });

  it('a device that no longer fits leaves the person it is another’s by now alone', async () => {
    const records = new Map<string, string>();
    const devices = new StoredPushDevices(
      {
        get: (name) => Promise.resolve(records.get(name)),
        update: (name, change) => {
          const value = change(records.get(name));
          if (value === undefined) records.delete(name);
          else records.set(name, value);
          return Promise.resolve(value);
        },
      },
      () => 0,
      1,
    );
    await devices.add('ann', device('first'));
    await devices.add('ann', device('second'));
    await devices.add('bob', device('first'));
    await devices.add('ann', device('third'));
    expect((await devices.of('bob')).map(({ device: { kind } }) => kind)).toEqual(['web']);
    await devices.add('cid', device('first'));
    expect(await devices.of('bob')).toEqual([]);
  });
});
