import { Injectable } from '@nestjs/common';
import { HealthService } from './health.service.js';

/** What `HealthCheckService.check` of `@nestjs/terminus` takes: one entry under the key, with the parts of the report beside its status. */
export type NotificationHealthResult<Key extends string> = Record<
  Key,
  { readonly status: 'up' | 'down'; readonly [part: string]: unknown }
>;

/**
 * The health of the notifications for `@nestjs/terminus` 11 or later: `health.check([() => notifications.isHealthy()])`. Put it among the
 * providers of the module that has the health controller. It has the shape of an indicator and imports nothing of `@nestjs/terminus`.
 */
@Injectable()
export class NotificationHealthIndicator {
  constructor(private readonly health: HealthService) {}

  /**
   * The report of `GET /notifications/health`: down when a part has an error, or the process is shutting down; a warning is up.
   *
   * @param key the name of the entry
   */
  async isHealthy<Key extends string = 'notifications'>(key?: Key): Promise<NotificationHealthResult<Key>> {
    return resultOf(key, await this.health.report());
  }

  /** Whether new work may be sent to this process, as `GET /notifications/health/ready` answers. @param key the name of the entry */
  async isReady<Key extends string = 'notifications'>(key?: Key): Promise<NotificationHealthResult<Key>> {
    return resultOf(key, await this.health.readiness());
  }
}

function resultOf<Key extends string>(
  key: Key | undefined,
  { status, ...parts }: { readonly status: 'ok' | 'error' },
): NotificationHealthResult<Key> {
  const entry = { ...parts, status: status === 'ok' ? ('up' as const) : ('down' as const) };
  return { [key ?? 'notifications']: entry } as NotificationHealthResult<Key>;
}
