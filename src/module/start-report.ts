import { Inject, Injectable, Logger } from '@nestjs/common';
import { AggregationRules } from '../aggregation/aggregation-rules.js';
import { environment, misspeltVariables } from '../config/environment.js';
import { DEFAULT_FROM } from '../config/email-options.js';
import { NOTIFICATION_OPTIONS, type ResolvedOptions } from '../config/options.js';
import { NotificationStore, type OpenReport } from '../storage/notification-store.js';
import { MailboxTransport } from '../transports/mailbox/mailbox.transport.js';
import { TransportRegistry } from '../transports/transport-registry.js';
import { placeOf } from '../storage/postgres/postgres-options.js';
import { redisPlaceOf } from '../storage/redis/redis-options.js';
import { isLostWithContainer } from './container-storage.js';

const IN_MEMORY = ':memory:';

/** Tells at the start what the module works with, and warns of what is probably not meant. */
@Injectable()
export class StartReport {
  private readonly logger = new Logger('NotificationModule');
  private opened: OpenReport | undefined;

  constructor(
    private readonly store: NotificationStore,
    private readonly transports: TransportRegistry,
    private readonly rules: AggregationRules,
    @Inject(NOTIFICATION_OPTIONS) private readonly options: ResolvedOptions,
  ) {}

  /** Once the channels are registered, and before anything can fail that a misspelt variable explains. */
  warn(): void {
    const { email, store } = this.options;
    for (const { name, nearest } of misspeltVariables(environment())) {
      this.logger.warn(`${name} is no variable of this module; did you mean ${nearest}?`);
    }
    if (this.transports.get('email') instanceof MailboxTransport) {
      this.logger.warn('SMTP_URL is not set: mail goes to the built-in mailbox and to nobody');
    }
    if (email.smtpUrl !== undefined && email.from === DEFAULT_FROM) {
      this.logger.warn(`EMAIL_FROM is not set: mail is sent from ${DEFAULT_FROM}, which receivers refuse or take for spam`);
    }
    const isEmbedded = store.use === undefined && store.postgres === undefined && store.redis === undefined;
    if (isEmbedded && store.path !== IN_MEMORY && isLostWithContainer(store.path)) {
      this.logger.warn(
        `the store ${store.path} is in the container's own file system and lost with it: put STORE_PATH on a volume`,
      );
    }
  }

  /** What the store found when it was opened. */
  storeOpened(opened: OpenReport): void {
    this.opened = opened;
    if (opened.loss === undefined) return;
    this.logger.error(
      `${opened.loss}: what it held is lost. To get it back, stop this process, restore a backup that has both files, and start again`,
    );
  }

  private place(): string {
    const { path, use, postgres, redis } = this.options.store;
    if (use === undefined && postgres !== undefined) return `PostgreSQL ${placeOf(postgres)}`;
    if (use === undefined && redis !== undefined) return `Redis ${redisPlaceOf(redis)}`;
    if (use !== undefined) return `${use.constructor.name} of the host`;
    return path === IN_MEMORY ? 'in memory, lost at the stop' : path;
  }

  /** Once everything is open. */
  async log(): Promise<void> {
    const { pending, windows } = await this.store.snapshot();
    const interrupted = this.opened?.interrupted ?? 0;
    const found = [
      ...(this.opened?.isNew === true ? ['new'] : []),
      pending === 0
        ? 'nothing pending'
        : `${pending} deliveries pending, ${windows.items} of them gathering in ${windows.open} windows`,
      ...(interrupted === 0 ? [] : [`${interrupted} were being sent when the last process ended, and are tried again`]),
    ].join(', ');
    const channels = this.transports.channels().map((name) => {
      const destination = this.transports.get(name)?.destination;
      return destination === undefined ? name : `${name} (${destination})`;
    });
    const own = this.rules.current.length;
    const lines = [
      `store: ${this.place()}, ${found}`,
      `channels: ${channels.join(', ')}`,
      `rules: ${own === 0 ? 'the built-in ones' : `${own} configured, and the built-in ones`}`,
      `routes: ${routesOf(this.options.http)}`,
    ];
    this.logger.log(lines.join('\n  '));
  }
}

/** A host may put its own prefix before them. */
function routesOf(http: ResolvedOptions['http']): string {
  return http === false ? 'not mounted' : `under /${http.prefix}, with the dashboard at /${http.prefix}/dashboard`;
}
