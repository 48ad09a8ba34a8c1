import { Inject, Injectable } from '@nestjs/common';
import { NOTIFICATION_OPTIONS, type ResolvedOptions } from '../config/options.js';
import { type Choice, type PreferencesPatch } from '../model/recipient.js';
import { type UnsubscribeScope, unsubscribeScope } from '../model/unsubscribe-token.js';
import { RecipientRecords } from './recipient-records.js';
import { RecipientService } from './recipient.service.js';
import {
  channelFrequency,
  choicesOn,
  choosing,
  type OfferedFrequency,
  restoring,
  type Subscriber,
  type Subscription,
  subscriptionTo,
  turningAllOff,
  unsubscribing,
} from './subscriptions.js';

/** What a person gets on the channel of a link. */
export interface SubscriptionsView {
  readonly locale: string | undefined;
  readonly subscriptions: readonly Subscription[];
  readonly frequency: OfferedFrequency | 'keep';
  /** The person's own choices of the channel, as they are: what `restore` takes. */
  readonly choices: readonly Choice[];
}

/** What a person asks for on the page. */
export type SubscriptionChange =
  | { readonly action: 'unsubscribe' }
  | { readonly action: 'all_off' }
  | {
      readonly action: 'save';
      readonly shown: readonly string[];
      readonly wanted: ReadonlySet<string>;
      readonly frequency: OfferedFrequency | undefined;
    }
  | { readonly action: 'restore'; readonly choices: readonly Choice[] };

/** What the links in mails lead to: they show and change the choices of one person on one channel, and no address. */
@Injectable()
export class UnsubscribeService {
  private readonly required: ReadonlySet<string>;

  constructor(
    private readonly recipients: RecipientService,
    private readonly records: RecipientRecords,
    @Inject(NOTIFICATION_OPTIONS) private readonly options: Pick<ResolvedOptions, 'recipients'>,
  ) {
    this.required = new Set(options.recipients.required);
  }

  /** What a token is about; undefined when it was not made here. */
  scopeOf(token: string): UnsubscribeScope | undefined {
    return unsubscribeScope(token, this.options.recipients.unsubscribeSecrets);
  }

  /** @throws NotFoundError for a person who is not known any more, DirectoryUnavailableError */
  async view(scope: UnsubscribeScope): Promise<SubscriptionsView> {
    const { subscriber, types, locale } = await this.find(scope);
    return {
      locale,
      subscriptions: types.map((type) => subscriptionTo(type, subscriber)),
      frequency: channelFrequency(subscriber),
      choices: choicesOn(scope.channel, subscriber.preferences),
    };
  }

  /**
   * Changes what a person gets, also of what waits already. Asking again for what holds changes nothing.
   *
   * @throws NotFoundError, InvalidRequestError, ConflictError, DirectoryUnavailableError
   */
  async change(scope: UnsubscribeScope, change: SubscriptionChange): Promise<void> {
    const { subscriber, types } = await this.find(scope);
    const choices = choicesOf(change, scope, subscriber, types);
    if (choices.length > 0) await this.recipients.prefer(scope.recipientId, { choices });
  }

  private async find({ recipientId, channel, types: named }: UnsubscribeScope): Promise<{
    readonly subscriber: Subscriber;
    readonly types: readonly string[];
    readonly locale: string | undefined;
  }> {
    const { preferences, effective, locale } = await this.recipients.find(recipientId);
    const tenant = (await this.records.find([recipientId])).get(recipientId)?.tenant;
    const own = effective.filter((choice) => choice.channel === channel).map(({ type }) => type);
    const types = [...new Set([...(named === '*' ? [] : named), ...own])];
    return { subscriber: { channel, preferences, tenant, required: this.required }, types, locale };
  }
}

function choicesOf(
  change: SubscriptionChange,
  scope: UnsubscribeScope,
  subscriber: Subscriber,
  types: readonly string[],
): NonNullable<PreferencesPatch['choices']> {
  switch (change.action) {
    case 'unsubscribe':
      return unsubscribing(scope, subscriber);
    case 'all_off':
      return turningAllOff(
        types.filter((type) => subscriptionTo(type, subscriber).fixedBy === undefined),
        subscriber,
      );
    case 'save':
      return choosing(subscriber, change.shown, change.wanted, change.frequency);
    case 'restore':
      return restoring(change.choices, subscriber);
  }
}
