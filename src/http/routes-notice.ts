import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { NOTIFICATION_OPTIONS, type ResolvedOptions } from '../config/options.js';

/** Provided by an application that sees to it itself that its routes are not open to others. */
export const STAND_ALONE = Symbol('nestjs-digest:stand-alone');

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
    if (http === false || http.apiToken !== undefined || http.guards.length > 0 || http.open || this.isStandAlone()) return;
    this.logger.warn(
      `the routes under /${http.prefix} are open to everybody who reaches the port: set API_TOKEN or http.guards, or http.open: true if that is meant`,
    );
  }

  private isStandAlone(): boolean {
    try {
      return this.modules.get<boolean>(STAND_ALONE, { strict: false });
    } catch {
      return false;
    }
  }
}
