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
  readonly batch?: BatchOptions | undefined;
  /** By the channel's name. */
  readonly perChannel?: Readonly<Record<string, ChannelOptions>> | undefined;
  /**
   * `ON_UNCERTAIN`: the connection broke after the content was sent and before the answer. `retry` may repeat it with the same id, `dead`
   * may lose it. Defaults to `retry`.
   */
  readonly onUncertain?: UncertainPolicy | undefined;
  readonly delivery?: DeliveryOptions | undefined;
  readonly shutdown?: ShutdownOptions | undefined;
  readonly defaults?: DefaultsOptions | undefined;
  readonly aggregation?: AggregationOptions | undefined;
  readonly digest?: DigestOptions | undefined;
  readonly formatting?: FormattingOptions | undefined;
  readonly email?: EmailOptions | undefined;
  /**
   * Finds the language and time zone of who reads at an address, once for each address of a batch. It may be asynchronous: see
   * `formatting.concurrency` and `formatting.timeoutMs`. A message whose look-up throws or takes too long is tried again later. No variable.
   */
  readonly readerSettings?: ReaderSettingsLookup | undefined;
  readonly slack?: SlackOptions | undefined;
  readonly webhook?: WebhookOptions | undefined;
  readonly push?: PushOptions | undefined;
  readonly teams?: TeamsOptions | undefined;
  readonly sse?: SseOptions | undefined;
  /**
   * Lets callers name people as `user:ID`, whose preferences plan their messages. A directory may be given as it is, which is the same as
   * `{ directory }`. Defaults to none: `user:ID` is an address like others. No variable.
   */
  readonly recipients?: RecipientsOptions | RecipientDirectorySource | undefined;
  /** Where everything is kept; a store of the host may be given as it is, which is the same as `{ use }`. */
  readonly store?: StoreOptions | HostStore | undefined;
  readonly queue?: QueueOptions | undefined;
  readonly memory?: MemoryOptions | undefined;
  readonly health?: HealthOptions | undefined;
  /** Metrics and history. False: neither is kept, and their routes answer 404. Defaults to true. No variable. */
  readonly monitoring?: boolean | undefined;
  readonly metrics?: MetricsOptions | undefined;
  readonly cleanup?: CleanupOptions | undefined;
  readonly backlog?: BacklogOptions | undefined;
  readonly retention?: RetentionOptions | undefined;
  /** Mounts the routes. Defaults to false; `true` means all defaults. */
  readonly http?: boolean | HttpOptions | undefined;
}

type Filled<T> = { readonly [K in keyof T]-?: Exclude<T[K], undefined> };
/** Every option with its value, except those that may be absent. */
type FilledExcept<T, Absent extends keyof T> = Filled<Omit<T, Absent>> & Pick<T, Absent>;

/** `path` is where the embedded store is, from `url` or `path`; without effect when `postgres` is there. */
export interface ResolvedStoreOptions extends FilledExcept<Omit<StoreOptions, 'url' | 'pool' | 'schema' | 'migrate'>, 'use'> {
  readonly postgres?: ResolvedPostgresOptions | undefined;
}

/** One of `url` and `pool` is there. */
export interface ResolvedPostgresOptions {
  readonly url?: string | undefined;
  readonly pool?: HostPool | undefined;
  /** Undefined: the store's default. */
  readonly schema?: string | undefined;
  readonly migrate: boolean;
}

/** `built-in`: the directory in the store. Undefined: there are no recipients. */
export interface ResolvedRecipientsOptions extends FilledExcept<Omit<RecipientsOptions, 'directory'>, never> {
  readonly directory: RecipientDirectorySource | 'built-in' | undefined;
  /** Where signed links lead; undefined where there can be none: without an `https:` address of the routes, or without a secret. */
  readonly unsubscribePage?: string | undefined;
}

/** Every option with its value: what the module works by. */
export interface ResolvedOptions {
  readonly batch: Filled<BatchOptions>;
  readonly perChannel: Readonly<Record<string, ChannelOptions>>;
  readonly onUncertain: UncertainPolicy;
  readonly delivery: Filled<DeliveryOptions>;
  readonly shutdown: Filled<ShutdownOptions>;
  readonly defaults: DefaultsOptions;
  readonly aggregation: Filled<AggregationOptions>;
  readonly digest: FilledExcept<DigestOptions, 'grouping'>;
  readonly formatting: Filled<FormattingOptions>;
  readonly email: FilledExcept<
    EmailOptions,
    'smtpUrl' | 'unsubscribeUrl' | 'dkim' | 'attachmentsDir' | 'templatesDir' | 'brand'
  > & {
    /** Whether templates are read again when a file of `templatesDir` changed. */
    readonly reloadsTemplates: boolean;
  };
  readonly readerSettings: ReaderSettingsLookup | undefined;
  readonly slack: FilledExcept<SlackOptions, 'botToken' | 'webhookUrl' | 'apiUrl'>;
  readonly webhook: Filled<WebhookOptions>;
  readonly push: ResolvedPushOptions;
  readonly teams: Filled<TeamsOptions>;
  readonly sse: Filled<Omit<SseOptions, 'batch'>> & { readonly batch: Filled<SseBatchOptions> };
  readonly recipients: ResolvedRecipientsOptions;
  readonly store: ResolvedStoreOptions;
  readonly queue: Filled<QueueOptions>;
  readonly memory: Filled<MemoryOptions>;
  readonly health: Filled<Omit<HealthOptions, 'alertTo'>> & {
    readonly alertTo?: { readonly channel: string; readonly address: string } | undefined;
  };
  readonly monitoring: boolean;
  readonly metrics: MetricsOptions;
  readonly cleanup: Filled<CleanupOptions>;
  readonly backlog: Filled<BacklogOptions>;
  readonly retention: Filled<RetentionOptions>;
  readonly http: false | ResolvedHttpOptions;
}

/** Injects the `ResolvedOptions`. */
export const NOTIFICATION_OPTIONS = Symbol('nestjs-digest:options');
