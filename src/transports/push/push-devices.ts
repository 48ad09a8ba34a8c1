import { deviceKey, type PushDevice } from '../../model/push-device.js';

/** A device of a person. */
export interface RegisteredDevice {
  /** Names the device among those of a person: made of its subscription or token, so that a repeated registration is the same device. */
  readonly key: string;
  /** As it was registered. */
  readonly device: PushDevice;
  /** When it was registered last, epoch ms. */
  readonly registeredAt: number;
}

/** Where small texts are kept by name; `SharedState` of the store. */
interface DeviceRecords {
  get(name: string): Promise<string | undefined>;
  update(name: string, change: (value: string | undefined) => string | undefined): Promise<string | undefined>;
}

/**
 * Which devices a person has. The built-in one keeps them in the store; a host that has its own table overrides this provider
 * (`overrideProvider(PushDevices)`, or a module that provides it).
 */
export abstract class PushDevices {
  /** The devices of a person, the one that was registered last first. */
  abstract of(person: string): Promise<readonly RegisteredDevice[]>;
  /** Registers a device: again for one that is known, and only for this person from now on. Returns whether it is new for the person. */
  abstract add(person: string, device: PushDevice): Promise<boolean>;
  /** Removes a device of a person; nothing happens when it is another person's by now. Returns whether there was one. */
  abstract remove(person: string, key: string): Promise<boolean>;
}

/** Devices in the store: a list per person, and the person of each device, so that a shared browser leaves the person who used it before. */
export class StoredPushDevices extends PushDevices {
  /** @param maxDevices of one person; the one that was registered first goes */
  constructor(
    private readonly records: DeviceRecords,
    private readonly now: () => number,
    private readonly maxDevices: number,
  ) {
    super();
  }

  async of(person: string): Promise<readonly RegisteredDevice[]> {
    return devicesIn(await this.records.get(listName(person)));
  }

  async add(person: string, device: PushDevice): Promise<boolean> {
    const key = deviceKey(device);
    let isNew = false;
    let dropped: readonly string[] = [];
    await this.records.update(listName(person), (text) => {
      const known = devicesIn(text);
      const others = known.filter((other) => other.key !== key);
      isNew = others.length === known.length;
      const all = [{ key, device, registeredAt: this.now() }, ...others];
      dropped = all.slice(this.maxDevices).map((other) => other.key);
      return textOf(all.slice(0, this.maxDevices));
    });
    // It is in the list before it has its owner: of two people who register one device at a time the second to become its owner removes the first's.
    let owner: string | undefined;
    await this.records.update(ownerName(key), (before) => {
      owner = before;
      return person;
    });
    if (owner !== undefined && owner !== person) await this.drop(owner, key);
    for (const other of dropped) await this.release(person, other);
    return isNew;
  }

  /** The owner goes first: a registration in between is complete or gone, and never in the list without an owner. */
  async remove(person: string, key: string): Promise<boolean> {
    await this.release(person, key);
    return this.drop(person, key);
  }

  /** A device that is another person's by now stays theirs. */
  private async release(person: string, key: string): Promise<void> {
    await this.records.update(ownerName(key), (owner) => (owner === person ? undefined : owner));
  }

  private async drop(person: string, key: string): Promise<boolean> {
    let removed = false;
    await this.records.update(listName(person), (text) => {
      const known = devicesIn(text);
      const left = known.filter((device) => device.key !== key);
      removed = left.length < known.length;
      return textOf(left);
    });
    return removed;
  }
}

function devicesIn(text: string | undefined): readonly RegisteredDevice[] {
  return text === undefined ? [] : (JSON.parse(text) as readonly RegisteredDevice[]);
}

function textOf(devices: readonly RegisteredDevice[]): string | undefined {
  return devices.length === 0 ? undefined : JSON.stringify(devices);
}

function listName(person: string): string {
  return `push devices ${person}`;
}

function ownerName(key: string): string {
  return `push owner ${key}`;
}
