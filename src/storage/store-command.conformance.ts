import type fc from 'fast-check';
import { type Step, type StoreWorld } from './store-world.conformance.js';

/** A step with a name, for the report of a run that fails. */
export class StoreCommand implements fc.AsyncCommand<Record<string, never>, StoreWorld> {
  constructor(
    private readonly name: string,
    private readonly args: unknown,
    readonly step: Step,
    private readonly first?: (world: StoreWorld) => void,
  ) {}

  check(): boolean {
    return true;
  }

  run(_: Record<string, never>, world: StoreWorld): Promise<void> {
    this.first?.(world);
    return world.do(this.step);
  }

  toString(): string {
    return `${this.name}(${JSON.stringify(this.args)})`;
  }
}

export function command<T>(name: string, args: fc.Arbitrary<T>, step: (args: T) => Step): fc.Arbitrary<StoreCommand> {
  return args.map((value) => new StoreCommand(name, value, step(value)));
}

export const nothing: Step = () => Promise.resolve(undefined);
