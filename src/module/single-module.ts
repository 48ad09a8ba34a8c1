import { Injectable } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { InvalidConfigurationError } from '../model/errors.js';
import { HOST_OPTIONS } from './host-options.js';

/** Refuses an application that has the module twice: two engines, two stores, and every route mapped two times. */
@Injectable()
export class SingleModule {
  constructor(private readonly modules: ModulesContainer) {}

  /** @throws InvalidConfigurationError when `forRoot` or `forRootAsync` was called more than once for this application */
  assertSingle(): void {
    const count = [...this.modules.values()].filter(({ providers }) => providers.has(HOST_OPTIONS)).length;
    if (count <= 1) return;
    throw new InvalidConfigurationError([
      `the application imports ${count} different NotificationModule.forRoot(…): each would have its own store, jobs and routes. ` +
        'Import it once, since it is global, or keep the dynamic module in a constant and import that wherever it is needed',
    ]);
  }
}
