import { type EmailFields, type StoredEmailFields } from './email-fields.js';

/** The channels that ship with the module. A host may register more; see `@NotificationTransport`. */
export const NotificationChannel = {
  EMAIL: 'email',
  SLACK: 'slack',
  SSE: 'sse',
  WEBHOOK: 'webhook',
  PUSH: 'push',
  TEAMS: 'teams',
} as const;
/** A channel that ships with the module. */
export type BuiltInChannel = (typeof NotificationChannel)[keyof typeof NotificationChannel];
/** A channel's name: a built-in one, or one that the host registers. */
export type NotificationChannel = BuiltInChannel | (string & {});

/** How urgent a notification is. Only `critical` changes when it is sent; the others decide the order of what waits. */
export const NotificationPriority = {
  CRITICAL: 'critical',
  HIGH: 'high',
  NORMAL: 'normal',
  LOW: 'low',
} as const;
/** How urgent a notification is. Only `critical` changes when it is sent; the others decide the order of what waits. */
export type NotificationPriority = (typeof NotificationPriority)[keyof typeof NotificationPriority];

/** Most urgent first; a priority's index is its rank. */
export const PRIORITIES: readonly NotificationPriority[] = ['critical', 'high', 'normal', 'low'];

/** What a type may be called. */
export const TYPE_NAME = /^[a-z0-9][a-z0-9_.-]{0,63}$/;

/** The types that have their own rules; any other name is allowed. */
export const NotificationType = {
  SYSTEM_UPDATE: 'system_update',
  APPROVAL_REQUEST: 'approval_request',
  ALERT: 'alert',
  REMINDER: 'reminder',
  ANNOUNCEMENT: 'announcement',
} as const;
/** A type that has a rule without any configuration. */
export type BuiltInType = (typeof NotificationType)[keyof typeof NotificationType];
/** A type's name: a built-in one, or any other that fits `[a-z0-9][a-z0-9_.-]{0,63}`. */
export type NotificationType = BuiltInType | (string & {});

/** A value of JSON. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };
/** An object of JSON. */
export type JsonObject = Readonly<Record<string, JsonValue>>;

/** Who caused a notification, for "Bob and 3 others". */
export interface Actor {
  /** The same for the same person: repeats of one actor are counted once. */
  readonly id: string;
  /** As readers see it; the id stands for one that is absent. */
  readonly name?: string;
}

/** A channel of a notification that goes by several, and when it goes there. */
export interface ChannelStep {
  /** A registered one. */
  readonly channel: NotificationChannel;
  /** So long after its acceptance, or after a later `sendAt`, at the earliest, ms; at once when absent. What opens a window keeps that open until then. */
  readonly afterMs?: number;
  /** Only unless the recipient has read it by then, on any of its channels. It needs `afterMs`, and without it the delivery comes in any case. */
  readonly unless?: 'read';
}

/** What a caller asks for: one type, one or more channels, one or more addresses. Limits are in `NOTIFICATION_LIMITS`. */
export interface Notification {
  /** `[a-z0-9][a-z0-9_.-]{0,63}` */
  readonly type: NotificationType;
  /** Either this or `channels`, unless the option `defaults.channel` is set. */
  readonly channel?: NotificationChannel | undefined;
  /** 1..5 channels, each once. With more than one, `to` names recipients (`user:ID`) only. */
  readonly channels?: readonly (NotificationChannel | ChannelStep)[] | undefined;
  /** One address, or 1..1000 of them, each valid for the channel. Required unless the option `defaults.to` is set. */
  readonly to?: string | readonly string[] | undefined;
  /** 1..200 characters, one line. Required on every channel but `sse`, where a notification may have only data. */
  readonly title?: string | undefined;
  /** Plain text, at most 64 KiB of UTF-8. */
  readonly body?: string;
  /** Who caused it, for "Bob and 3 others". */
  readonly actor?: Actor;
  /** JSON for templates: at most 16 KiB of UTF-8, nested at most 8 deep. */
  readonly data?: JsonObject;
  /** Defaults to `normal`. `critical` never waits in a window and overtakes all that is queued. */
  readonly priority?: NotificationPriority;
  /** Narrows the window: different keys never share a digest. */
  readonly groupKey?: string;
  /** Within one window the newest with this key replaces the older one. */
  readonly dedupeKey?: string;
  /** Said again within 24 h it returns the first answer and sends nothing more. */
  readonly idempotencyKey?: string;
  /** Not before this time: ISO 8601 with an offset, or a Date. */
  readonly sendAt?: string | Date;
  /** Never after this time: it ends as `expired`. */
  readonly expiresAt?: string | Date;
  /**
   * For the channel `email` only: ready content, reply address, copies, attachments. With `html`, copies or attachments it never gathers; `replyTo`
   * keeps windows apart.
   */
  readonly email?: EmailFields;
  /** Of the reader, where the caller knows it: BCP 47, e.g. `de-AT`. In a digest the newest that is said wins. */
  readonly locale?: string;
  /** The same: IANA, e.g. `Europe/Vienna`. */
  readonly timeZone?: string;
}

/** The limits of one notification, as `CONTRACT` §2 states them. */
export const NOTIFICATION_LIMITS = {
  addresses: 1000,
  addressCharacters: 2048,
  titleCharacters: 200,
  bodyBytes: 64 * 1024,
  dataBytes: 16 * 1024,
  dataDepth: 8,
  channels: 5,
  keyCharacters: 200,
  idempotencyMs: 24 * 60 * 60 * 1000,
} as const;

/** A notification that passed validation: what the store keeps, times as epoch ms. */
export interface NotificationContent {
  /** See `Notification`. */
  readonly type: string;
  /** The channel of this delivery. */
  readonly channel: string;
  /** Empty where the caller gave none. */
  readonly title: string;
  /** `normal` where the caller gave none. */
  readonly priority: NotificationPriority;
  /** Plain text. */
  readonly body?: string;
  /** Who caused it. */
  readonly actor?: Actor;
  /** JSON for templates. */
  readonly data?: JsonObject;
  /** Different keys never share a digest. */
  readonly groupKey?: string;
  /** The newest with this key replaces the older one in a window. */
  readonly dedupeKey?: string;
  /** See `Notification`. */
  readonly idempotencyKey?: string;
  /** Not before, epoch ms. */
  readonly sendAt?: number;
  /** Never after, epoch ms. */
  readonly expiresAt?: number;
  /** Ready content, reply address, copies, attachments. */
  readonly email?: StoredEmailFields;
  /** The reader's language, BCP 47. */
  readonly locale?: string;
  /** The reader's time zone, IANA. */
  readonly timeZone?: string;
  /** See `ChannelStep`. */
  readonly afterMs?: number;
  /** See `ChannelStep`. */
  readonly unless?: 'read';
}
