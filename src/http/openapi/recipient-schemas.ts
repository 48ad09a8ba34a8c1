import { type Choice, type Hours, type Preferences } from '../../model/recipient.js';
import {
  type EffectiveChoice,
  type PreferencesChange,
  type RecipientView,
  type WaitingView,
} from '../../recipients/recipient-views.js';
import { type Replanned } from '../../recipients/replanning.js';
import { FREQUENCY, FROM, HELD_BY } from './plan-schemas.js';
import {
  COUNT,
  described,
  FLAG,
  listOf,
  mapOf,
  objectOf,
  optional,
  type PropertiesOf,
  PRIORITY,
  ref,
  type Schema,
  TEXT,
  TIME,
  viewOf,
} from './schema.js';

const WALL_CLOCK: Schema = { type: 'string', pattern: '^\\d\\d:\\d\\d$' };
const WEEKDAY: Schema = { type: 'integer', minimum: 1, maximum: 7, description: 'ISO 8601: Monday is 1.' };

const CHOICE: PropertiesOf<Choice> = {
  type: optional(described(TEXT, 'Absent: every type.')),
  channel: optional(described(TEXT, 'Absent: every channel.')),
  frequency: FREQUENCY,
  together: optional(described(FLAG, 'All types that it covers come as one message.')),
};

const HOURS = viewOf<Hours>({ days: optional(listOf(WEEKDAY)), from: WALL_CLOCK, to: WALL_CLOCK });

const PREFERENCES: PropertiesOf<Preferences> = {
  choices: optional(listOf(viewOf<Choice>(CHOICE))),
  hours: optional(described(listOf(HOURS), 'When messages may come; at any time when absent.')),
  mutedUntil: optional(described(TIME, 'Nothing but what is critical comes before.')),
  mutedKeys: optional(described(listOf(TEXT), 'Of these groupKeys nothing comes.')),
  digestAt: optional(described(WALL_CLOCK, 'When daily and weekly messages come; 09:00 when absent.')),
  digestOn: optional(described(WEEKDAY, 'The day of weekly messages; Monday when absent.')),
};

const EFFECTIVE = viewOf<EffectiveChoice>({
  type: TEXT,
  channel: TEXT,
  frequency: FREQUENCY,
  from: described(FROM, 'Who decided it.'),
  nextAt: optional(described(TIME, 'When one that is accepted now would come; absent when it never comes.')),
});

const CHANGED: Readonly<Record<string, Schema>> = {
  ...Object.fromEntries(
    Object.entries(PREFERENCES).map(([name, { optional: schema }]) => [name, { ...schema, nullable: true }] as const),
  ),
  choices: {
    ...listOf(viewOf<Choice>({ ...CHOICE, frequency: { ...FREQUENCY, nullable: true } })),
    description: 'Merged by type and channel; one with the frequency null is removed.',
    nullable: true,
  },
};

/** What a person is in the built-in directory. */
export const PROFILE: PropertiesOf<Omit<RecipientView, 'id' | 'preferences' | 'effective' | 'etag'>> = {
  addresses: described(mapOf(TEXT), 'By channel. On sse and push the id stands for one that is absent.'),
  timeZone: optional(described(TEXT, 'IANA; UTC when absent.')),
  locale: optional(described(TEXT, 'BCP 47.')),
  name: optional(TEXT),
  tenant: optional(described(TEXT, 'The organisation that the person belongs to.')),
};

/** People. */
export const RECIPIENT_SCHEMAS: Readonly<Record<string, Schema>> = {
  NotificationPreferences: viewOf<Preferences>(PREFERENCES),
  NotificationPreferencesPatch: {
    type: 'object',
    properties: CHANGED,
    description: 'A JSON merge patch (RFC 7396): null removes a member.',
  },
  NotificationRecipient: viewOf<Omit<RecipientView, 'etag'>>({
    id: TEXT,
    ...PROFILE,
    addresses: described(mapOf(TEXT), 'By channel, masked.'),
    preferences: ref('NotificationPreferences'),
    effective: described(listOf(EFFECTIVE), 'The preferences in effect, at most 500.'),
  }),
  NotificationPreferencesChange: viewOf<Omit<PreferencesChange, 'etag'>>({
    preferences: ref('NotificationPreferences'),
    replanned: described(
      viewOf<Replanned>({ sent: COUNT, moved: COUNT, cancelled: COUNT, unchanged: COUNT }),
      'What became of the messages that wait.',
    ),
  }),
  NotificationWaiting: viewOf<WaitingView>({
    messageId: TEXT,
    channel: TEXT,
    type: TEXT,
    groupKey: optional(TEXT),
    count: described(COUNT, 'Deliveries in it.'),
    priority: PRIORITY,
    openedAt: TIME,
    lastActivityAt: TIME,
    dueAt: TIME,
    items: listOf(objectOf({ id: TEXT, title: TEXT })),
    frequency: FREQUENCY,
    from: FROM,
    heldBy: optional(described(HELD_BY, 'Absent: it does not wait.')),
    unplanned: optional(described(FLAG, 'The directory did not answer: the rules of the application apply until it does.')),
  }),
};
