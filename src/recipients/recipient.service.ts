import { Injectable } from '@nestjs/common';
import { Clock } from '../model/clock.js';
import { DirectoryUnavailableError, InvalidRequestError, NotFoundError, PreconditionFailedError } from '../model/errors.js';
import { type PreferencesPatch, recipientAddress, type TenantChoices } from '../model/recipient.js';
import { CommandRunner } from '../storage/command-runner.js';
import { fullPage } from '../storage/full-page.js';
import { type ForgetReport, NotificationStore } from '../storage/notification-store.js';
import { TransportRegistry } from '../transports/transport-registry.js';
import { preferenceErrors, tenantChoiceErrors } from './preference-checks.js';
import { mergePreferences } from './preference-merge.js';
import { idErrors, profileErrors } from './profile-checks.js';
import { type ReadFilter } from './read-filter.js';
import { RecipientCache } from './recipient-cache.js';
import { RecipientReads } from './recipient-reads.js';
import { type KnownRecipient, type RecipientProfile, RecipientRecords } from './recipient-records.js';
import {
  etagOf,
  matchesEtag,
  type PreferencesChange,
  recipientView,
  type RecipientView,
  waitingView,
  type WaitingView,
} from './recipient-views.js';
import { type Replanned, Replanning } from './replanning.js';

/** The latest time that a mute without an end lasts to. */
const FOREVER = '9999-12-30T00:00:00Z';
/** Windows of one person that are shown. */
const MAX_WAITING = 1_000;

/** What people want, and what waits for them. Every change holds for what is waiting already. */
@Injectable()
export class RecipientService {
  /** The changes of one person are made one after another. */
  private readonly turns = new Map<string, Promise<unknown>>();

  constructor(
    private readonly records: RecipientRecords,
    private readonly cache: RecipientCache,
    private readonly replanning: Replanning,
    private readonly reads: RecipientReads,
    private readonly store: NotificationStore,
    private readonly transports: TransportRegistry,
    private readonly commands: CommandRunner,
    private readonly clock: Clock,
  ) {}

  /** A person, with the preferences in effect. @throws NotFoundError, DirectoryUnavailableError */
  async find(id: string): Promise<RecipientView> {
    const known = await this.known(id);
    return recipientView(known, this.cache.plannerFor(known), this.transports.channels(), this.clock.now());
  }

  /**
   * Stores a person in the built-in directory; their preferences stay.
   *
   * @returns whether there was none before
   * @throws InvalidRequestError, HostDirectoryError, ConflictError
   */
  async put(id: string, profile: RecipientProfile): Promise<{ readonly created: boolean }> {
    const errors = [...idErrors(id), ...profileErrors(profile, this.transports)];
    if (errors.length > 0) throw new InvalidRequestError(errors);
    return this.inTurn(id, async () => {
      await this.replanning.announce([id]);
      const created = await this.records.saveProfile(id, profile);
      await this.replanning.replan(id);
      return { created };
    });
  }

  /**
   * Changes what a person wants; what they do not name stays. It holds at once, also for what waits: see the report.
   *
   * @param options.ifMatch changes nothing unless the preferences are still those that had this `etag`
   * @throws InvalidRequestError with every wrong field, NotFoundError, PreconditionFailedError, ConflictError, DirectoryUnavailableError
   */
  async prefer(id: string, patch: PreferencesPatch, options: { readonly ifMatch?: string } = {}): Promise<PreferencesChange> {
    const errors = preferenceErrors(patch, { patch: true });
    if (errors.length > 0) throw new InvalidRequestError(errors);
    return this.inTurn(id, async () => {
      const known = await this.known(id);
      const before = known.recipient.preferences ?? {};
      if (options.ifMatch !== undefined && !matchesEtag(options.ifMatch, etagOf(before))) {
        throw new PreconditionFailedError(
          `the preferences of the recipient ${JSON.stringify(id)} were changed since they were read`,
        );
      }
      const preferences = mergePreferences(before, patch);
      const excess = preferenceErrors(preferences, { patch: false });
      if (excess.length > 0) throw new InvalidRequestError(excess);
      // Together, so that both wait for the disk once.
      await Promise.all([this.replanning.announce([id]), this.records.savePreferences(known, preferences)]);
      const replanned = await this.replanning.replan(id);
      return { preferences, replanned, etag: etagOf(preferences) };
    });
  }

  /**
   * Nothing but what is critical comes before `until` (ISO 8601; without an end when absent); what comes is gathered. With a `groupKey` nothing of
   * that comes at all, and what waits of it is cancelled.
   *
   * @throws InvalidRequestError and what `prefer` throws
   */
  async mute(
    id: string,
    { until, groupKey }: { readonly until?: string; readonly groupKey?: string } = {},
  ): Promise<PreferencesChange> {
    if (groupKey === undefined) return this.prefer(id, { mutedUntil: until ?? FOREVER });
    if (until !== undefined) {
      throw new InvalidRequestError([
        { path: 'until', message: 'cannot be given with a groupKey, which is muted until it is unmuted' },
      ]);
    }
    const { recipient } = await this.known(id);
    return this.prefer(id, { mutedKeys: [...(recipient.preferences?.mutedKeys ?? []), groupKey] });
  }

  /** Ends a mute: what it held comes at once, or at the next opening of the person's hours. @throws what `prefer` throws */
  async unmute(id: string, { groupKey }: { readonly groupKey?: string } = {}): Promise<PreferencesChange> {
    if (groupKey === undefined) return this.prefer(id, { mutedUntil: null });
    const { recipient } = await this.known(id);
    return this.prefer(id, { mutedKeys: (recipient.preferences?.mutedKeys ?? []).filter((key) => key !== groupKey) });
  }

  /** What waits for a person, and why; at most 1000 messages. @throws NotFoundError, DirectoryUnavailableError */
  async waiting(id: string): Promise<readonly WaitingView[]> {
    await this.known(id);
    const address = recipientAddress(id);
    const found: WaitingView[] = [];
    for (const channel of this.transports.channels()) {
      for (let cursor: string | undefined; found.length < MAX_WAITING;) {
        const query = { channel, address, limit: 200, ...(cursor === undefined ? {} : { cursor }) };
        const page = await fullPage(query, (part) => this.store.windows(part));
        found.push(...page.items.map(waitingView));
        cursor = page.next;
        if (cursor === undefined) break;
      }
    }
    return found.toSorted((a, b) => (a.dueAt < b.dueAt ? -1 : a.dueAt > b.dueAt ? 1 : 0)).slice(0, MAX_WAITING);
  }

  /**
   * A person has read something: it leaves every channel on which it still waits, and ends there as `cancelled` with the reason `read`. What comes only
   * later (`afterMs`) without `unless: "read"` stays, unless it is named itself.
   *
   * @returns how many deliveries no longer come
   * @throws InvalidRequestError, NotFoundError
   */
  async read(id: string, filter: ReadFilter = {}): Promise<{ readonly read: number }> {
    return { read: await this.reads.markMatching(id, filter) };
  }

  /** Sends what waits for a person now, also outside of their hours; what waits for its `sendAt` is left. */
  async flush(id: string): Promise<{ readonly flushed: number }> {
    const address = recipientAddress(id);
    let flushed = 0;
    for (const channel of this.transports.channels()) {
      flushed += await this.commands.runToEnd({
        name: "flushing a recipient's windows",
        step: (slice) => this.store.flush({ channel, address }, 'flush', slice),
        start: 0,
        add: (sum, { closed }) => sum + closed.length,
      });
    }
    return { flushed };
  }

  /** The host's data of people changed: what is known of them is asked for again, and what waits is planned again. */
  async changed(ids: readonly string[]): Promise<Replanned> {
    const total = { sent: 0, moved: 0, cancelled: 0, unchanged: 0 };
    await this.replanning.announce(ids);
    for (const id of ids) {
      const report = await this.replanning.replan(id);
      for (const name of ['sent', 'moved', 'cancelled', 'unchanged'] as const) total[name] += report[name];
    }
    return total;
  }

  /** The choices of a tenant changed: its people are planned again in the background. */
  tenantChanged(tenant: string): void {
    this.replanning.replanTenant(tenant);
  }

  /**
   * Stores the choices of a tenant of the built-in directory; its people are planned again in the background.
   *
   * @throws InvalidRequestError, HostDirectoryError, ConflictError
   */
  async putTenant(tenant: string, choices: TenantChoices): Promise<void> {
    const errors = [...idErrors(tenant), ...tenantChoiceErrors(choices.choices)];
    if (errors.length > 0) throw new InvalidRequestError(errors);
    await this.records.saveTenant(tenant, choices);
    this.tenantChanged(tenant);
  }

  /**
   * Erases a person: what waits ends as `cancelled` with the reason `recipient_gone`, what was sent is deleted, and so are what the module keeps of the
   * person, their devices and the mails in the built-in mailbox. What is being sent is left, and counted: call again once it has ended.
   */
  async forget(id: string): Promise<ForgetReport> {
    const found = await this.records.find([id]).catch(() => undefined);
    const addresses = found?.get(id)?.recipient.addresses ?? {};
    await this.records.remove(id);
    await this.replanning.tell([id]);
    let total: ForgetReport = { cancelled: 0, erased: 0, sending: 0 };
    for (const channel of this.transports.channels()) {
      total = await this.commands.runToEnd<ForgetReport, ForgetReport>({
        name: 'erasing a recipient',
        step: (slice) => this.store.forget(channel, recipientAddress(id), slice),
        start: total,
        add: (sum, { cancelled, erased, sending }) => ({
          cancelled: sum.cancelled + cancelled,
          erased: sum.erased + erased,
          sending: sum.sending + sending,
        }),
      });
      await this.transports.get(channel)?.forget?.(addresses[channel] ?? id);
    }
    const { email } = addresses;
    if (email !== undefined) await this.store.mailbox.forget(this.transports.canonicalAddress('email', email));
    return total;
  }

  /** @throws NotFoundError, DirectoryUnavailableError */
  private async known(id: string): Promise<KnownRecipient> {
    if (!this.records.isOn)
      throw new NotFoundError(`the recipient ${JSON.stringify(id)}`, 'is not known: the option recipients is not set');
    const found = await this.records.find([id]).catch((cause: unknown) => {
      throw new DirectoryUnavailableError({ cause });
    });
    const known = found.get(id);
    if (known === undefined) throw new NotFoundError(`the recipient ${JSON.stringify(id)}`, 'is not known to the directory');
    return known;
  }

  private async inTurn<T>(id: string, work: () => Promise<T>): Promise<T> {
    const turn = (this.turns.get(id) ?? Promise.resolve()).then(work, work);
    this.turns.set(id, turn);
    try {
      return await turn;
    } finally {
      if (this.turns.get(id) === turn) this.turns.delete(id);
    }
  }
}
