import { type ReaderSettingsLookup } from '../model/reader-settings.js';
import { type AggregationRule } from './aggregation-rule.js';
import { type AggregationOptions } from './aggregation-options.js';
import { type DefaultsOptions, type DigestOptions, type FormattingOptions } from './content-options.js';
import { type SlackOptions, type SseBatchOptions, type SseOptions, type WebhookOptions } from './channel-options.js';
import { type DkimOptions, type EmailOptions } from './email-options.js';
import { type HealthOptions } from './health-options.js';
import { type HttpOptions, type ResolvedHttpOptions } from './http-options.js';
import { type MetricsOptions } from './metrics-options.js';
import {
  type BatchOptions,
  type BatchTrigger,
  type ChannelOptions,
  type DeliveryOptions,
  type ShutdownOptions,
  type UncertainPolicy,
} from './processing-options.js';
import { type PushOptions, type ResolvedPushOptions } from './push-options.js';
import { type RecipientDirectorySource } from '../model/recipient-directory.js';
import { type RecipientsOptions } from './recipient-options.js';
import {
  type BacklogOptions,
  type CleanupOptions,
  type HostPool,
  type HostStore,
  type MemoryOptions,
  type QueueOptions,
  type RetentionOptions,
  type StoreOptions,
} from './store-options.js';
import { type TeamsOptions } from './teams-options.js';

export type { AggregationRule, BatchTrigger, ChannelOptions, DkimOptions, HttpOptions, UncertainPolicy };

/**
 * What a host may set. A field that is set wins over its environment variable, which wins over the default. The variable
 * that a field stands for is named in its comment; `docs/configuration.md` describes them.
 */
export interface NotificationModuleOptions {
  /** Batches, attempts and pauses between them. */
  readonly batch?: BatchOptions | undefined;
  /** By the channel's name. */
  readonly perChannel?: Readonly<Record<string, ChannelOptions>> | undefined;
  /**
   * `ON_UNCERTAIN`: the connection broke after the content was sent and before the answer. `retry` may repeat it with the same id, `dead`
   * may lose it. Defaults to `retry`.
   */
  readonly onUncertain?: UncertainPolicy | undefined;
  /** Whether this instance sends. */
  readonly delivery?: DeliveryOptions | undefined;
  /** What a stop waits for and sends. */
  readonly shutdown?: ShutdownOptions | undefined;
  /** Channel and address of a notification that names none. */
  readonly defaults?: DefaultsOptions | undefined;
  /** Which types gather into digests, and for how long. */
  readonly aggregation?: AggregationOptions | undefined;
  /** What a digest shows, and in which order. */
  readonly digest?: DigestOptions | undefined;
  /** How messages are rendered. */
  readonly formatting?: FormattingOptions | undefined;
  /** Mail. Without `smtpUrl` it goes to the built-in mailbox, or is refused with `NODE_ENV=production`. */
  readonly email?: EmailOptions | undefined;
  /**
   * Finds the language and time zone of who reads at an address, once for each address of a batch. It may be asynchronous: see
   * `formatting.concurrency` and `formatting.timeoutMs`. A message whose look-up throws or takes too long is tried again later. No variable.
   */
  readonly readerSettings?: ReaderSettingsLookup | undefined;
  /** Slack; off without a token or an incoming webhook. */
  readonly slack?: SlackOptions | undefined;
  /** Signed calls to addresses of `https:`. */
  readonly webhook?: WebhookOptions | undefined;
  /** Web Push and Firebase Cloud Messaging; off without keys. */
  readonly push?: PushOptions | undefined;
  /** Microsoft Teams; off without webhooks. */
  readonly teams?: TeamsOptions | undefined;
  /** The in-app stream. */
  readonly sse?: SseOptions | undefined;
  /**
   * Lets callers name people as `user:ID`, whose preferences plan their messages. A directory may be given as it is, which is the same as
   * `{ directory }`. Defaults to none: `user:ID` is an address like others. No variable.
   */
  readonly recipients?: RecipientsOptions | RecipientDirectorySource | undefined;
  /** Where everything is kept; a store of the host may be given as it is, which is the same as `{ use }`. */
  readonly store?: StoreOptions | HostStore | undefined;
  /** How much may be pending before callers are refused. */
  readonly queue?: QueueOptions | undefined;
  /** How much memory may be in use before windows are sent early. */
  readonly memory?: MemoryOptions | undefined;
  /** When a part counts as unhealthy, and who is notified. */
  readonly health?: HealthOptions | undefined;
  /** Metrics and history. False: neither is kept, and their routes answer 404. Defaults to true. No variable. */
  readonly monitoring?: boolean | undefined;
  /** Where the metrics are registered, besides `GET /notifications/metrics`. */
  readonly metrics?: MetricsOptions | undefined;
  /** How often what ended is deleted. */
  readonly cleanup?: CleanupOptions | undefined;
  /** What becomes, at the start, of what fell due long ago. */
  readonly backlog?: BacklogOptions | undefined;
  /** How long what ended can be looked up. */
  readonly retention?: RetentionOptions | undefined;
  /** Mounts the routes. Defaults to false; `true` means all defaults. */
  readonly http?: boolean | HttpOptions | undefined;
}

type Filled<T> = { readonly [K in keyof T]-?: Exclude<T[K], undefined> };
/** Every option with its value, except those that may be absent. */
type FilledExcept<T, Absent extends keyof T> = Filled<Omit<T, Absent>> & Pick<T, Absent>;

/** `path` is where the embedded store is, from `url` or `path`; without effect when `postgres` or `redis` is there. */
export interface ResolvedStoreOptions extends FilledExcept<Omit<StoreOptions, 'url' | 'pool' | 'schema' | 'migrate'>, 'use'> {
  /** Where the tables are, when the store is PostgreSQL. */
  readonly postgres?: ResolvedPostgresOptions | undefined;
  /** Where everything is, when the store is Redis. */
  readonly redis?: ResolvedRedisOptions | undefined;
}

/** A store on Redis. */
export interface ResolvedRedisOptions {
  /** See `StoreOptions.url`. */
  readonly url: string;
  /** Begins the keys. Undefined: the store's default. */
  readonly prefix?: string | undefined;
  /** It is opened although a restart of the server loses what it holds. */
  readonly acceptLoss?: boolean | undefined;
}

/** One of `url` and `pool` is there. */
export interface ResolvedPostgresOptions {
  /** See `StoreOptions.url`. */
  readonly url?: string | undefined;
  /** See `StoreOptions.pool`. */
  readonly pool?: HostPool | undefined;
  /** Undefined: the store's default. */
  readonly schema?: string | undefined;
  /** See `StoreOptions.migrate`. */
  readonly migrate: boolean;
}

/** `built-in`: the directory in the store. Undefined: there are no recipients. */
export interface ResolvedRecipientsOptions extends FilledExcept<Omit<RecipientsOptions, 'directory'>, never> {
  /** See `RecipientsOptions.directory`. */
  readonly directory: RecipientDirectorySource | 'built-in' | undefined;
  /** Where signed links lead; undefined where there can be none: without an `https:` address of the routes, or without a secret. */
  readonly unsubscribePage?: string | undefined;
}

/** Every option with its value: what the module works by. */
export interface ResolvedOptions {
  /** See `NotificationModuleOptions.batch`. */
  readonly batch: Filled<BatchOptions>;
  /** See `NotificationModuleOptions.perChannel`. */
  readonly perChannel: Readonly<Record<string, ChannelOptions>>;
  /** See `NotificationModuleOptions.onUncertain`. */
  readonly onUncertain: UncertainPolicy;
  /** See `NotificationModuleOptions.delivery`. */
  readonly delivery: Filled<DeliveryOptions>;
  /** See `NotificationModuleOptions.shutdown`. */
  readonly shutdown: Filled<ShutdownOptions>;
  /** See `NotificationModuleOptions.defaults`. */
  readonly defaults: DefaultsOptions;
  /** See `NotificationModuleOptions.aggregation`. */
  readonly aggregation: Filled<AggregationOptions>;
  /** See `NotificationModuleOptions.digest`. */
  readonly digest: FilledExcept<DigestOptions, 'grouping'>;
  /** See `NotificationModuleOptions.formatting`. */
  readonly formatting: Filled<FormattingOptions>;
  /** See `NotificationModuleOptions.email`. */
  readonly email: FilledExcept<
    EmailOptions,
    'smtpUrl' | 'unsubscribeUrl' | 'dkim' | 'attachmentsDir' | 'templatesDir' | 'brand'
  > & {
    /** Whether templates are read again when a file of `templatesDir` changed. */
    readonly reloadsTemplates: boolean;
  };
  /** See `NotificationModuleOptions.readerSettings`. */
  readonly readerSettings: ReaderSettingsLookup | undefined;
  /** See `NotificationModuleOptions.slack`. */
  readonly slack: FilledExcept<SlackOptions, 'botToken' | 'webhookUrl' | 'apiUrl'>;
  /** See `NotificationModuleOptions.webhook`. */
  readonly webhook: Filled<WebhookOptions>;
  /** See `NotificationModuleOptions.push`. */
  readonly push: ResolvedPushOptions;
  /** See `NotificationModuleOptions.teams`. */
  readonly teams: Filled<TeamsOptions>;
  /** See `NotificationModuleOptions.sse`. */
  readonly sse: Filled<Omit<SseOptions, 'batch'>> & { readonly batch: Filled<SseBatchOptions> };
  /** See `NotificationModuleOptions.recipients`. */
  readonly recipients: ResolvedRecipientsOptions;
  /** See `NotificationModuleOptions.store`. */
  readonly store: ResolvedStoreOptions;
  /** See `NotificationModuleOptions.queue`. */
  readonly queue: Filled<QueueOptions>;
  /** See `NotificationModuleOptions.memory`. */
  readonly memory: Filled<MemoryOptions>;
  /** See `NotificationModuleOptions.health`. */
  readonly health: Filled<Omit<HealthOptions, 'alertTo'>> & {
    readonly alertTo?: { readonly channel: string; readonly address: string } | undefined;
  };
  /** See `NotificationModuleOptions.monitoring`. */
  readonly monitoring: boolean;
  /** See `NotificationModuleOptions.metrics`. */
  readonly metrics: MetricsOptions;
  /** See `NotificationModuleOptions.cleanup`. */
  readonly cleanup: Filled<CleanupOptions>;
  /** See `NotificationModuleOptions.backlog`. */
  readonly backlog: Filled<BacklogOptions>;
  /** See `NotificationModuleOptions.retention`. */
  readonly retention: Filled<RetentionOptions>;
  /** See `NotificationModuleOptions.http`; false: no routes are mounted. */
  readonly http: false | ResolvedHttpOptions;
}

/** Injects the `ResolvedOptions`. */
export const NOTIFICATION_OPTIONS = Symbol('nestjs-digest:options');
