import { Injectable } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';

/** The part of the `SchedulerRegistry` of `@nestjs/schedule` that the jobs use; it is the same in 6 and 12. */
export interface IntervalRegistry {
  doesExist(type: 'interval', name: string): boolean;
  addInterval(name: string, handle: NodeJS.Timeout): void;
  deleteInterval(name: string): void;
}

const METHODS = ['doesExist', 'addInterval', 'deleteInterval'] as const satisfies readonly (keyof IntervalRegistry)[];

/**
 * Finds the `SchedulerRegistry` of the host. It is looked for by the name of its token: the class belongs to the host's own
 * `@nestjs/schedule`, which a host need not have, and of which an import here would load another copy.
 */
@Injectable()
export class HostSchedule {
  constructor(private readonly discovery: DiscoveryService) {}

  /** Undefined when the host does not import `ScheduleModule`. Call it when all providers exist. */
  registry(): IntervalRegistry | undefined {
    for (const { token, instance } of this.discovery.getProviders()) {
      if (typeof token === 'function' && token.name === 'SchedulerRegistry' && isRegistry(instance)) return instance;
    }
    return undefined;
  }
}

function isRegistry(instance: unknown): instance is IntervalRegistry {
  if (typeof instance !== 'object' || instance === null) return false;
  return METHODS.every((method) => typeof Reflect.get(instance, method) === 'function');
}
