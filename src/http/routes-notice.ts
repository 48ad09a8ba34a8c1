import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { NOTIFICATION_OPTIONS, type ResolvedOptions } from '../config/options.js';
import { isStandAlone } from './stand-alone.token.js';

/** Warns of routes that everybody who reaches the port may use. */
@Injectable()
export class RoutesNotice implements OnApplicationBootstrap {
  private readonly logger = new Logger('NotificationModule');

  constructor(
    private readonly modules: ModuleRef,
    @Inject(NOTIFICATION_OPTIONS) private readonly options: ResolvedOptions,
  ) {}

  onApplicationBootstrap(): void {
    const { http } = this.options;
    if (http === false || http.apiToken !== undefined || http.guards.length > 0 || http.open || isStandAlone(this.modules))
      return;
    this.logger.warn(
      `the routes under /${http.prefix} are open to everybody who reaches the port: set API_TOKEN or http.guards, or http.open: true if that is meant`,
    );
  }
}
