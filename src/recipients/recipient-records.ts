import { Inject, Injectable, type Type } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { NOTIFICATION_OPTIONS, type ResolvedOptions } from '../config/options.js';
import { ConflictError, HostDirectoryError } from '../model/errors.js';
import { NotificationEvents } from '../model/notification-events.js';
import { RecipientDirectory } from '../model/recipient-directory.js';
import { type Preferences, type Recipient, type TenantChoices } from '../model/recipient.js';
import { NotificationStore, type RecipientRow } from '../storage/notification-store.js';
import { preferenceErrors, tenantChoiceErrors } from './preference-checks.js';

/** What the built-in directory knows of a person besides preferences. */
export type RecipientProfile = Omit<Recipient, 'id' | 'preferences'>;

/** A person, and the choices of their tenant. */
export interface KnownRecipient {
  readonly recipient: Recipient;
  readonly tenant: TenantChoices | undefined;
  /** Of the module's own row; 0 when it has none. */
  readonly version: number;
}

/** A row of a person: `profile` in the built-in directory, `preferences` where the module keeps them. */
interface StoredPerson {
  readonly profile?: RecipientProfile;
  readonly preferences?: Preferences;
}

/** People as the host's directory and the module's own rows say together. */
@Injectable()
export class RecipientRecords {
  private directory: Promise<RecipientDirectory | undefined> | undefined;

  constructor(
    private readonly store: NotificationStore,
    private readonly modules: ModuleRef,
    private readonly events: NotificationEvents,
    @Inject(NOTIFICATION_OPTIONS) private readonly options: Pick<ResolvedOptions, 'recipients'>,
  ) {}

  /** Whether callers may name recipients. */
  get isOn(): boolean {
    return this.options.recipients.directory !== undefined;
  }

  get isBuiltIn(): boolean {
    return this.options.recipients.directory === 'built-in';
  }

  /** Who of these there is. Rejects when the host's directory does. */
  async find(ids: readonly string[]): Promise<ReadonlyMap<string, KnownRecipient>> {
    const host = await this.host();
    const [found, rows] = await Promise.all([
      host?.find(ids),
      host?.save === undefined ? this.store.recipients.find(ids.map(personKey)) : new Map<string, RecipientRow>(),
    ]);
    const people = ids.flatMap((id) => {
      const row = rows.get(personKey(id));
      const recipient = host === undefined ? storedRecipient(id, row) : withStored(found?.get(id), row);
      return recipient === undefined ? [] : [{ recipient: this.checked({ ...recipient, id }), version: row?.version ?? 0 }];
    });
    const tenants = await this.tenants(people.flatMap(({ recipient }) => recipient.tenant ?? []));
    return new Map(
      people.map(({ recipient, version }) => {
        const tenant = recipient.tenant === undefined ? undefined : tenants.get(recipient.tenant);
        return [recipient.id, { recipient, tenant, version }];
      }),
    );
  }

  /** @throws ConflictError when the preferences were changed since they were read */
  async savePreferences({ recipient: { id }, version }: KnownRecipient, preferences: Preferences): Promise<void> {
    const host = await this.host();
    if (host?.save !== undefined) return host.save(id, preferences);
    const { profile } = storedPerson((await this.store.recipients.find([personKey(id)])).get(personKey(id)));
    await this.put(id, { ...(profile && { profile }), preferences }, version);
  }

  /**
   * Stores a person of the built-in directory, with the preferences that there are; returns whether there was none.
   *
   * @throws HostDirectoryError, ConflictError
   */
  async saveProfile(id: string, profile: RecipientProfile): Promise<boolean> {
    if (!this.isBuiltIn) throw new HostDirectoryError('this call');
    const row = (await this.store.recipients.find([personKey(id)])).get(personKey(id));
    const { preferences, profile: before } = storedPerson(row);
    await this.put(id, { profile, ...(preferences && { preferences }) }, row?.version ?? 0);
    return before === undefined;
  }

  /** Removes what the module itself stores of a person. */
  async remove(id: string): Promise<boolean> {
    return this.store.recipients.remove(personKey(id));
  }

  /** Stores the choices of a tenant of the built-in directory. @throws HostDirectoryError, ConflictError */
  async saveTenant(id: string, choices: TenantChoices): Promise<void> {
    if (!this.isBuiltIn) throw new HostDirectoryError('this call');
    const row = (await this.store.recipients.find([tenantKey(id)])).get(tenantKey(id));
    if (await this.store.recipients.put(tenantKey(id), JSON.stringify(choices), row?.version ?? 0)) return;
    throw new ConflictError(`the tenant ${JSON.stringify(id)} was changed at the same time; call again`);
  }

  private async put(id: string, person: StoredPerson, version: number): Promise<void> {
    if (await this.store.recipients.put(personKey(id), JSON.stringify(person), version)) return;
    throw new ConflictError(`the recipient ${JSON.stringify(id)} was changed at the same time; call again`);
  }

  private async tenants(ids: readonly string[]): Promise<ReadonlyMap<string, TenantChoices | undefined>> {
    const distinct = [...new Set(ids)];
    const host = await this.host();
    if (distinct.length === 0) return new Map();
    if (host !== undefined) {
      const found = await Promise.all(distinct.map(async (id) => [id, await host.tenant?.(id)] as const));
      return new Map(found.map(([id, choices]) => [id, this.checkedTenant(id, choices)]));
    }
    const rows = await this.store.recipients.find(distinct.map(tenantKey));
    return new Map(
      distinct.map((id) => {
        const row = rows.get(tenantKey(id));
        return [id, row && (JSON.parse(row.value) as TenantChoices)];
      }),
    );
  }

  /** Preferences of a host that are wrong are left out: a wrong one must stop nothing. */
  private checked(recipient: Recipient): Recipient {
    const { preferences } = recipient;
    if (this.isBuiltIn || preferences === undefined) return recipient;
    const errors = preferenceErrors(preferences, { patch: false });
    if (errors.length === 0) return recipient;
    this.reportWrong(`recipient ${recipient.id}`, errors);
    return { ...recipient, preferences: {} };
  }

  private checkedTenant(id: string, tenant: TenantChoices | undefined): TenantChoices | undefined {
    if (tenant === undefined) return undefined;
    const errors = tenantChoiceErrors(tenant.choices);
    if (errors.length === 0) return tenant;
    this.reportWrong(`tenant ${id}`, errors);
    return undefined;
  }

  private reportWrong(whose: string, errors: readonly { readonly path: string; readonly message: string }[]): void {
    const text = errors.map(({ path, message }) => `${path}: ${message}`).join('; ');
    this.events.emit('failed', {
      where: 'the directory of recipients',
      error: new TypeError(`preferences of the ${whose}: ${text}`),
    });
  }

  /** The host's directory; undefined: the built-in one. */
  private host(): Promise<RecipientDirectory | undefined> {
    return (this.directory ??= this.findHost());
  }

  private async findHost(): Promise<RecipientDirectory | undefined> {
    const { directory } = this.options.recipients;
    if (directory === undefined || directory === 'built-in') return undefined;
    if (typeof directory !== 'function') return directory;
    const type: unknown = directory;
    try {
      return this.modules.get<RecipientDirectory>(type as Type<RecipientDirectory>, { strict: false });
    } catch {
      return await this.modules.create(type as Type<RecipientDirectory>);
    }
  }
}

function personKey(id: string): string {
  return `user:${id}`;
}

function tenantKey(id: string): string {
  return `tenant:${id}`;
}

function storedPerson(row: RecipientRow | undefined): StoredPerson {
  return row === undefined ? {} : (JSON.parse(row.value) as StoredPerson);
}

function storedRecipient(id: string, row: RecipientRow | undefined): Recipient | undefined {
  const { profile, preferences } = storedPerson(row);
  return profile && { id, ...profile, ...(preferences && { preferences }) };
}

/** A host's recipient with the preferences that the module keeps: each member that there is wins. */
function withStored(recipient: Recipient | undefined, row: RecipientRow | undefined): Recipient | undefined {
  const { preferences } = storedPerson(row);
  if (recipient === undefined || preferences === undefined) return recipient;
  return { ...recipient, preferences: { ...recipient.preferences, ...preferences } };
}
