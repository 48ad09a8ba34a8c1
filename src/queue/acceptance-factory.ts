import { type AddressLimit } from '../aggregation/address-limit.js';
import { type AggregationRules } from '../aggregation/aggregation-rules.js';
import { type ResolvedOptions } from '../config/options.js';
import { type Clock } from '../model/clock.js';
import { ATTACHMENT_LIMITS } from '../model/email-attachment.js';
import { isOwnMail } from '../model/email-fields.js';
import { type IntakeOptions } from '../model/intake.js';
import { type NotificationContent, NotificationPriority } from '../model/notification.js';
import { type Acceptance } from '../storage/notification-store.js';
import { type TransportRegistry } from '../transports/transport-registry.js';
import { AttachmentFolder } from './attachment-folder.js';
import { AttachmentReader, type ReadAttachments } from './attachment-reader.js';
import { type ChannelAddresses } from '../recipients/channel-addresses.js';
import { withDefaults } from './notification-defaults.js';
import { validateNotification } from './notification-validator.js';
import { routeOf } from '../model/router.js';

/** Makes of what a caller says what a store keeps: validates, fills in defaults, and picks the route and the window. */
export class AcceptanceFactory {
  private readonly requiredTypes: ReadonlySet<string>;
  private readonly attachments: AttachmentReader;

  constructor(
    private readonly transports: TransportRegistry,
    private readonly addresses: ChannelAddresses,
    private readonly rules: AggregationRules,
    private readonly limit: AddressLimit,
    private readonly clock: Clock,
    private readonly options: ResolvedOptions,
  ) {
    this.requiredTypes = new Set(options.recipients.required);
    const { attachmentsDir } = options.email;
    this.attachments = new AttachmentReader(attachmentsDir === undefined ? undefined : new AttachmentFolder(attachmentsDir));
  }

  /**
   * Makes the acceptance of a notification that is enqueued by itself: its attachments are read first.
   *
   * @throws InvalidNotificationError, UnknownChannelError; both as a rejection when it has attachments
   */
  makeOne(input: unknown, options: IntakeOptions): Acceptance | Promise<Acceptance> {
    const given = attachmentsOf(input);
    if (given === undefined) return this.make(input, options);
    const { maxAttachmentBytes = ATTACHMENT_LIMITS.bytes } = options;
    return this.attachments.read(given, maxAttachmentBytes).then((attachments) => this.make(input, options, attachments));
  }

  /**
   * @param attachments what was read of `email.attachments`; undefined: there must be none
   * @throws InvalidNotificationError, UnknownChannelError
   */
  make(input: unknown, { direct = false }: IntakeOptions, attachments?: ReadAttachments): Acceptance {
    const { content, others, addresses } = validateNotification(
      withDefaults(input, this.options.defaults),
      this.addresses,
      Object.keys(this.options.email.accounts),
      attachments,
    );
    const acceptance = this.acceptanceOf(content, addresses, direct, attachments);
    if (others === undefined) return acceptance;
    return { ...acceptance, also: others.map((other) => this.acceptanceOf(other, addresses, direct, attachments)) };
  }

  private acceptanceOf(
    given: NotificationContent,
    addresses: readonly string[],
    direct: boolean,
    attachments: ReadAttachments | undefined,
  ): Acceptance {
    const transport = this.transports.get(given.channel);
    const atOnce = given.channel === 'sse' && this.rules.isCritical(given.type);
    const dedupeKey = given.dedupeKey ?? this.rules.dedupeKeyOf(given);
    const isChanged = atOnce || dedupeKey !== given.dedupeKey;
    const content = isChanged
      ? {
          ...given,
          ...(atOnce ? { priority: NotificationPriority.CRITICAL } : {}),
          ...(dedupeKey === undefined ? {} : { dedupeKey }),
        }
      : given;
    const gathers = !direct && content.priority !== 'critical' && !isOwnMail(content);
    const opening = gathers ? this.rules.opening(content.type, content.channel, this.clock.now()) : undefined;
    const maxAddresses = this.limit.of(content.channel);
    const route = routeOf({
      priority: content.priority,
      aggregates: opening !== undefined && opening.policy.burst !== true,
      // What lives only as long as the process does not wait for more messages.
      batches: this.options.batch.maxSize > 1 && transport?.batching === true && transport.ephemeral !== true,
    });
    return {
      content,
      ...(isChanged ? { said: given } : {}),
      ...(content.email?.attachments === undefined || attachments === undefined ? {} : { attachments: attachments.bytes }),
      addresses,
      route,
      ...opening,
      ...(opening === undefined || maxAddresses === undefined ? {} : { maxAddresses }),
      ...(this.requiredTypes.has(content.type) ? { isRequired: true } : {}),
      ...(transport?.ephemeral === true && route === 'immediate' ? { sendsAhead: true } : {}),
    };
  }
}

/** What a caller gives as `email.attachments`; undefined when it gives none. */
function attachmentsOf(input: unknown): unknown {
  const { email } = (input ?? {}) as { readonly email?: { readonly attachments?: unknown } | null };
  return email?.attachments;
}
