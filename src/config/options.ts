import { type BacklogPolicy } from '../model/backlog.js';
import { type EmailTemplate, type Reader } from '../model/email-template.js';
import { type GroupBy, type RenderKeep, type Schedule } from '../model/window.js';
import { type HttpOptions, type ResolvedHttpOptions } from './http-options.js';

/** When a part-filled batch goes: see `BATCH_TRIGGER`. */
export const BATCH_TRIGGERS = ['size', 'timeout', 'both', 'all'] as const;
export type BatchTrigger = (typeof BATCH_TRIGGERS)[number];

export const UNCERTAIN_POLICIES = ['retry', 'dead'] as const;
export type UncertainPolicy = (typeof UNCERTAIN_POLICIES)[number];

/** One aggregation rule. The most specific match wins: type and channel, then type, then channel. */
export interface AggregationRule {
  readonly type?: string;
  readonly channel?: string;
  /** ms; 0 turns aggregation off for the match. */
  readonly windowMs: number;
  /** A window closes at once when it holds this many; 1..100 000. */
  readonly maxCount: number;
  /** Defaults to `fixed`: closes `windowMs` after its first entry. `sliding`: each entry starts the quiet time anew. */
  readonly mode?: 'fixed' | 'sliding';
  /** Longest that a sliding window stays open, ms. Defaults to four times `windowMs`. */
  readonly maxWaitMs?: number;
  /** The first goes out at once, what follows within the window is gathered. Defaults to false. */
  readonly leading?: boolean;
  /** Fewer at the close: each is sent on its own. Defaults to 1. */
  readonly minCount?: number;
  /** Likeness from which an entry joins a group, 0..1. */
  readonly similarity?: number;
  /** Defaults to `type`. */
  readonly groupBy?: GroupBy;
  /** Closes at the next such moment instead of after `windowMs`. */
  readonly schedule?: Schedule;
  /**
   * Where nothing is gathered (`windowMs` 0): more than `perAddress` sends to an address within `windowMs` ms turn into one
   * digest, what is still queued for it included; the next stretch starts anew. Critical ones are neither held nor counted.
   */
  readonly stormBrake?: { readonly perAddress: number; readonly windowMs: number };
  /** How many entries a digest shows (it always counts all), and which. Defaults to 50, `priority`. */
  readonly render?: { readonly limit?: number; readonly keep?: RenderKeep };
}

/** What holds for one channel and not for the others. Nothing of it has a variable. */
export interface ChannelOptions {
  /** As `BATCH_TRIGGER`. */
  readonly trigger?: BatchTrigger;
  /** As `BATCH_TIMEOUT_MS`. */
  readonly timeoutMs?: number;
  /** Most messages a second, over all its addresses; what is beyond waits. */
  readonly messagesPerSecond?: number;
  /** Least time between two messages to one address, ms; what comes earlier waits. */
  readonly addressIntervalMs?: number;
  /**
   * Most addresses with open windows at a time; past it those of the least recently active are sent on early. Defaults to 100 on
   * `slack`, and to no limit elsewhere.
   */
  readonly maxAddresses?: number;
}

/** The key that mails are signed with (RFC 6376). */
export interface DkimOptions {
  /** `d=`: the domain that signs. */
  readonly domainName: string;
  /** `s=`: the key stands at `<keySelector>._domainkey.<domainName>`. */
  readonly keySelector: string;
  /** PEM. */
  readonly privateKey: string;
}

/**
 * What a host may set. A field that is set wins over its environment variable, which wins over the default. The variable
 * that a field stands for is named in its comment; `docs/configuration.md` describes them.
 */
export interface NotificationModuleOptions {
  readonly batch?: {
    /** `BATCH_MAX_SIZE` */
    readonly maxSize?: number;
    /** `BATCH_MAX_CONCURRENCY` */
    readonly maxConcurrency?: number;
    /** `BATCH_TIMEOUT_MS` */
    readonly timeoutMs?: number;
    /** `BATCH_TRIGGER` */
    readonly trigger?: BatchTrigger;
    /** `BATCH_DYNAMIC_SIZING` */
    readonly dynamicSizing?: boolean;
    /** `BATCH_MAX_ATTEMPTS` */
    readonly maxAttempts?: number;
    /** `BATCH_RETRY_BASE_MS` */
    readonly retryBaseMs?: number;
  };
  /** By the channel's name. */
  readonly perChannel?: Readonly<Record<string, ChannelOptions>>;
  /** `ON_UNCERTAIN` */
  readonly onUncertain?: UncertainPolicy;
  readonly shutdown?: {
    /** `SHUTDOWN_GRACE_MS` */
    readonly graceMs?: number;
    /** `SHUTDOWN_FLUSH` */
    readonly flush?: boolean;
  };
  readonly aggregation?: {
    /** `AGGREGATION_ENABLED` */
    readonly enabled?: boolean;
    /** `AGGREGATION_WINDOW_MS` */
    readonly windowMs?: number;
    /** `AGGREGATION_MAX_COUNT` */
    readonly maxCount?: number;
    /** `AGGREGATION_RULES`. They come before the built-in ones, which stay for what they do not match. */
    readonly rules?: readonly AggregationRule[];
  };
  readonly email?: {
    /** `SMTP_URL`. Without it mail goes to the built-in mailbox. */
    readonly smtpUrl?: string;
    /** `SMTP_ALLOW_PLAINTEXT`: lets credentials go to a host other than loopback without TLS. Defaults to false. */
    readonly allowPlaintext?: boolean;
    /** `EMAIL_FROM` */
    readonly from?: string;
    /** `EMAIL_POOL_SIZE` */
    readonly poolSize?: number;
    /**
     * `List-Unsubscribe` of every mail: an `https:` or `mailto:` address in which `{address}` stands for the reader's.
     * An `https:` one also gets the one-click header of RFC 8058. No variable; absent by default.
     */
    readonly unsubscribeUrl?: string;
    /** Signs every mail (RFC 6376). No variable. */
    readonly dkim?: DkimOptions;
    /**
     * Types whose mails have no personal part: those that say the same go as one mail to up to 100 readers, who do not see each other. No
     * variable; none by default.
     */
    readonly sharedTypes?: readonly string[];
    /** How mails look, by type and language; see `defineEmailTemplate`. No variable. */
    readonly templates?: readonly EmailTemplate[];
  };
  /** What is known of a reader: for templates. It must be quick; one that throws is taken as knowing nothing. No variable. */
  readonly reader?: (channel: string, address: string) => Reader | undefined;
  readonly slack?: {
    /** `SLACK_BOT_TOKEN` */
    readonly botToken?: string;
    /** `SLACK_WEBHOOK_URL` */
    readonly webhookUrl?: string;
    /** `SLACK_API_URL` */
    readonly apiUrl?: string;
    /** Entries a post; further ones go into its thread. 1..10, defaults to 5. No variable. */
    readonly pageSize?: number;
  };
  readonly webhook?: {
    /** `WEBHOOK_SECRETS`: `whsec_…`, each signs every call; several while they are changed. None: calls are not signed. */
    readonly secrets?: readonly string[];
    /** `WEBHOOK_ALLOW_PRIVATE`: lets `http:` and addresses that are not of the public internet pass. Defaults to false. */
    readonly allowPrivate?: boolean;
    /** `WEBHOOK_TIMEOUT_MS`: longest to wait for a connection, for an answer, and within it. */
    readonly timeoutMs?: number;
  };
  readonly sse?: {
    /** Types that an in-app stream shows at once, as if they were critical. Defaults to `error` and `hub_state`. No variable. */
    readonly criticalTypes?: readonly string[];
  };
  readonly store?: {
    /** `STORE_PATH` */
    readonly path?: string;
    /** `STORE_COMPRESS_MIN_BYTES`: contents of this size or more are kept compressed; 0: none is. */
    readonly compressMinBytes?: number;
    /** `STORE_COMPRESS_LEVEL`: of zlib, 1 (fast) to 9 (small). */
    readonly compressLevel?: number;
  };
  /** `REDIS_URL` */
  readonly redisUrl?: string;
  readonly queue?: {
    /** `QUEUE_MAX_PENDING` */
    readonly maxPending?: number;
  };
  readonly memory?: {
    /** `MEMORY_PRESSURE_MB`: resident set, MiB, over which the largest windows are sent early and intake waits. 0: no limit. */
    readonly pressureMb?: number;
  };
  /** When a part is said not to be well. Nothing but `alertTo` has a variable. */
  readonly health?: {
    /** `HEALTH_ALERT_TO`: who is told of it, `CHANNEL:ADDRESS`; e.g. `email:ops@example.com`. Absent: an event and the log say it. */
    readonly alertTo?: string;
    /** A batch longer than this in its transport is stuck, ms. Defaults to 60 000. */
    readonly stuckAfterMs?: number;
    /** Part of a minute's tries on a channel that may fail, 0..1. Defaults to 0.5. */
    readonly errorRate?: number;
    /** Part of a limit from which it is near, 0..1. Defaults to 0.9. */
    readonly nearLimit?: number;
  };
  readonly backlog?: {
    /** `BACKLOG_POLICY` */
    readonly policy?: BacklogPolicy;
    /** `BACKLOG_MAX_AGE_MS` */
    readonly maxAgeMs?: number;
  };
  readonly retention?: {
    /** How long finished deliveries can be looked up, ms. Defaults to 7 days. No variable. */
    readonly finishedMs?: number;
    /** How long the history is kept, ms. Defaults to 31 days. No variable. */
    readonly historyMs?: number;
  };
  /** Mounts the routes. Defaults to false; `true` means all defaults. */
  readonly http?: boolean | HttpOptions;
}

type Filled<T> = { readonly [K in keyof T]-?: Exclude<T[K], undefined> };
type Section<K extends keyof NotificationModuleOptions> = NonNullable<NotificationModuleOptions[K]>;

/** Every option with its value: what the module works by. */
export interface ResolvedOptions {
  readonly batch: Filled<Section<'batch'>>;
  readonly perChannel: Readonly<Record<string, ChannelOptions>>;
  readonly onUncertain: UncertainPolicy;
  readonly shutdown: Filled<Section<'shutdown'>>;
  readonly aggregation: Filled<Section<'aggregation'>>;
  readonly email: {
    readonly smtpUrl?: string;
    readonly allowPlaintext: boolean;
    readonly from: string;
    readonly poolSize: number;
    readonly unsubscribeUrl?: string;
    readonly dkim?: DkimOptions;
    readonly sharedTypes: readonly string[];
    readonly templates: readonly EmailTemplate[];
  };
  readonly reader: (channel: string, address: string) => Reader | undefined;
  readonly slack: Section<'slack'> & { readonly pageSize: number };
  readonly webhook: Filled<Section<'webhook'>>;
  readonly sse: Filled<Section<'sse'>>;
  readonly store: Filled<Section<'store'>>;
  readonly redisUrl?: string;
  readonly queue: Filled<Section<'queue'>>;
  readonly memory: Filled<Section<'memory'>>;
  readonly health: Filled<Omit<Section<'health'>, 'alertTo'>> & {
    readonly alertTo?: { readonly channel: string; readonly address: string };
  };
  readonly backlog: Filled<Section<'backlog'>>;
  readonly retention: Filled<Section<'retention'>>;
  readonly http: false | ResolvedHttpOptions;
}

/** Injects the `ResolvedOptions`. */
export const NOTIFICATION_OPTIONS = Symbol('nestjs-digest:options');
