import { deviceKey, type PushDevice } from '../../model/push-device.js';

/** A device of a person. */
export interface RegisteredDevice {
  /** Names the device among those of a person: made of its subscription or token, so that a repeated registration is the same device. */
  readonly key: string;
  readonly device: PushDevice;
  /** When it was registered last, epoch ms. */
  readonly registeredAt: number;
}

/** Where small texts are kept by name; `SharedState` of the store. */
interface DeviceRecords {
  get(name: string): Promise<string | undefined>;
  set(name: string, value: string | undefined): Promise<void>;
  update(name: string, change: (value: string | undefined) => string | undefined): Promise<string | undefined>;
}

/**
 * Which devices a person has. The built-in one keeps them in the store; a host that has a table of its own overrides this provider
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
    const owner = await this.records.get(ownerName(key));
    if (owner !== undefined && owner !== person) await this.drop(owner, [key]);
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
    await this.records.set(ownerName(key), person);
    for (const other of dropped) await this.records.set(ownerName(other), undefined);
    return isNew;
  }

  async remove(person: string, key: string): Promise<boolean> {
    const removed = await this.drop(person, [key]);
    await this.records.update(ownerName(key), (owner) => (owner === person ? undefined : owner));
    return removed;
  }

  private async drop(person: string, keys: readonly string[]): Promise<boolean> {
    let removed = false;
    await this.records.update(listName(person), (text) => {
      const known = devicesIn(text);
      const left = known.filter(({ key }) => !keys.includes(key));
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
