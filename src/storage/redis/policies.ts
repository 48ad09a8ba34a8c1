import { type WindowPolicy } from '../../model/window.js';
import { hashOf } from './keys.js';
import { type PolicyNames } from './message-codec.js';

/** Policies that are remembered; an application has few. Past it all are forgotten, and read again. */
const MOST = 10_000;

/** Policies by the hash of their JSON: each is stored once, however many messages have it. */
export class Policies implements PolicyNames {
  private readonly byName = new Map<string, WindowPolicy>();
  private readonly names = new Map<string, string>();
  private readonly stored = new Set<string>();
  private readonly nameOfObject = new WeakMap<WindowPolicy, string>();

  nameOf(policy: WindowPolicy): string {
    const known = this.nameOfObject.get(policy);
    if (known !== undefined && this.byName.has(known)) return known;
    const json = JSON.stringify(policy);
    let name = this.names.get(json);
    if (name === undefined) {
      if (this.byName.size >= MOST) this.forget();
      name = hashOf(json);
      this.names.set(json, name);
      this.byName.set(name, JSON.parse(json) as WindowPolicy);
    }
    this.nameOfObject.set(policy, name);
    return name;
  }

  named(name: string): WindowPolicy | undefined {
    return this.byName.get(name);
  }

  /** Learns what is stored under a name. */
  learn(name: string, json: string): void {
    if (this.byName.size >= MOST) this.forget();
    this.names.set(json, name);
    this.byName.set(name, JSON.parse(json) as WindowPolicy);
    this.stored.add(name);
  }

  isStored(name: string): boolean {
    return this.stored.has(name);
  }

  noteStored(names: Iterable<string>): void {
    for (const name of names) this.stored.add(name);
  }

  /** A database may have lost what was stored: a fail-over, or an operator. */
  forget(): void {
    this.byName.clear();
    this.names.clear();
    this.stored.clear();
  }
}
