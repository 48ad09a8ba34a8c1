import { type Preferences, type Recipient, type TenantChoices } from './recipient.js';

/** A directory, or the class of one. */
export type RecipientDirectorySource = RecipientDirectory | (abstract new (...args: never[]) => RecipientDirectory);

/**
 * What the host knows of its people. The module asks for many at once, and keeps an answer for `recipients.cacheMs` or until
 * `RecipientService.changed`. A directory that throws holds up nothing that is accepted: it is planned by the application's rules, and again when
 * the directory answers.
 */
export abstract class RecipientDirectory {
  /** Who of these there is. An id that is not in the answer belongs to nobody. */
  abstract find(ids: readonly string[]): Promise<ReadonlyMap<string, Recipient>>;
  /** Stores all preferences of a person. Absent: the module stores them itself, and they win over those of `find`. */
  save?(id: string, preferences: Preferences): Promise<void>;
  /** The choices of a tenant; undefined: it has none. */
  tenant?(id: string): Promise<TenantChoices | undefined>;
}
