/** A day of the week by ISO 8601: Monday is 1, Sunday is 7. */
export type Weekday = 1 | 2 | 3 | 4 | 5 | 6 | 7;

/**
 * How often a recipient wants messages. Times are in the recipient's own time zone.
 *
 * - `immediate`: each on its own, at once.
 * - `default`: by the application's rules of aggregation.
 * - `off`: never.
 * - `hourly`: at the next full hour; `daily`: at the next `digestAt`; `weekly`: at the next `digestAt` of the day `digestOn`.
 * - `{ windowMs }`: so long after the first entry; `{ cron }`: at the next time of a cron expression of 5 or 6 fields.
 */
export type Frequency =
  'immediate' | 'default' | 'off' | 'hourly' | 'daily' | 'weekly' | { readonly windowMs: number } | { readonly cron: string };

/** A frequency for what it names: a type on a channel, a type, a channel, or everything. The most specific choice of a level wins. */
export interface Choice {
  /** Absent: every type. */
  readonly type?: string;
  /** Absent: every channel. */
  readonly channel?: string;
  /** How often what it names may come. */
  readonly frequency: Frequency;
  /** All types that this choice covers come as one message per channel and `groupKey`. */
  readonly together?: boolean;
}

/** When messages may come: wall-clock times `HH:MM`, `from` included and `to` not. */
export interface Hours {
  /** Absent: every day. */
  readonly days?: readonly Weekday[];
  /** `HH:MM`, from `00:00` to `23:59`. */
  readonly from: string;
  /** At or before `from`: it passes midnight, and belongs to the day on which it began. */
  readonly to: string;
}

/** What a recipient wants. All of it is optional; without any the application's rules apply. */
export interface Preferences {
  /** How often what may come; at most one for each type and channel. */
  readonly choices?: readonly Choice[];
  /** Absent or empty: at any time. */
  readonly hours?: readonly Hours[];
  /** Nothing but what is critical comes before: ISO 8601 with an offset. */
  readonly mutedUntil?: string;
  /** `groupKey`s of which nothing comes, at most 1000. */
  readonly mutedKeys?: readonly string[];
  /** When `daily` and `weekly` messages come, `HH:MM`; `09:00` when absent. */
  readonly digestAt?: string;
  /** The day on which `weekly` ones come; Monday when absent. */
  readonly digestOn?: Weekday;
}

/**
 * A change of preferences. `choices` are merged by type and channel, and one with the frequency `null` is removed; `hours` and `mutedKeys` are
 * replaced; `null` removes a member.
 */
export interface PreferencesPatch {
  /** Merged by type and channel; null removes all. */
  readonly choices?: readonly (Choice | (Omit<Choice, 'frequency'> & { readonly frequency: null }))[] | null;
  /** Replaces all; null: at any time. */
  readonly hours?: readonly Hours[] | null;
  /** Null ends a mute. */
  readonly mutedUntil?: string | null;
  /** Replaces all; null removes all. */
  readonly mutedKeys?: readonly string[] | null;
  /** Null: `09:00`. */
  readonly digestAt?: string | null;
  /** Null: Monday. */
  readonly digestOn?: Weekday | null;
}

/** A person whom the directory knows; callers name one as `user:ID`. */
export interface Recipient {
  /** Without `user:`; 1 to 200 characters. */
  readonly id: string;
  /** By channel. On `sse` and `push` the id stands for an address that is absent. */
  readonly addresses: Readonly<Record<string, string>>;
  /** IANA, e.g. `Europe/Vienna`; UTC when absent. */
  readonly timeZone?: string;
  /** BCP 47, e.g. `de-AT`. */
  readonly locale?: string;
  /** As people call them. */
  readonly name?: string;
  /** The organisation that the person belongs to. */
  readonly tenant?: string;
  /** What the person wants; absent where the module keeps it. */
  readonly preferences?: Preferences;
}

/** A choice of a tenant: a default for its people, or their only choice when it is locked. */
export interface TenantChoice extends Choice {
  /** The person cannot choose otherwise. Defaults to false. */
  readonly locked?: boolean;
}

/** What an organisation decides for its people. */
export interface TenantChoices {
  /** At most one for each type and channel. */
  readonly choices: readonly TenantChoice[];
}

/** Who decided: the option `recipients.required`, the tenant, the person, or nobody. */
export type ChoiceSource = 'required' | 'tenant' | 'person' | 'default';

/** What a message waits for: the recipient's hours, a mute, or the next time of its frequency. */
export type HeldBy = 'hours' | 'mute' | 'frequency';

/** How an address begins that names a recipient. */
const RECIPIENT_PREFIX = 'user:';
/** Longest id of a recipient, characters. */
export const MAX_RECIPIENT_ID = 200;
/** Most `mutedKeys` of a recipient. */
export const MAX_MUTED_KEYS = 1_000;

/** The id of the recipient that an address names; undefined when it names none. */
export function recipientIdOf(address: string): string | undefined {
  return address.startsWith(RECIPIENT_PREFIX) ? address.slice(RECIPIENT_PREFIX.length) : undefined;
}

/** The address that names a recipient: `user:ID`. */
export function recipientAddress(id: string): string {
  return `${RECIPIENT_PREFIX}${id}`;
}
