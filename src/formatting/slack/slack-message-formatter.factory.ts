import { Inject, Injectable } from '@nestjs/common';
import { type DigestOrder } from '../../config/content-options.js';
import { NOTIFICATION_OPTIONS, type ResolvedOptions } from '../../config/options.js';
import { type ClaimedMessage } from '../../model/message.js';
import { type OwnPhrases } from '../../model/phrases.js';
import { NotificationType } from '../../model/notification.js';
import { type SlackContent } from '../../transports/slack/slack-content.js';
import { type ImmediateFormatter } from '../formatter.js';
import { type MessageFormatterContext, messageFormatterContext } from './message-formatter-context.js';
import { type SlackStyle } from './slack-entry.js';
import { type SlackLook, slackPages } from './slack-pages.js';

/** Makes Slack's form of a message. Pure: every attempt makes the same. */
export interface SlackMessageFormatter {
  /** @returns one message of Slack, or several pages of one */
  format(context: MessageFormatterContext): SlackContent;
}

const DEFAULT_STYLE: SlackStyle = { icon: ':bell:' };
const BUILT_IN: ReadonlyMap<string, SlackStyle> = new Map(
  Object.entries<SlackStyle>({
    [NotificationType.SYSTEM_UPDATE]: { icon: ':package:', action: 'readMore' },
    [NotificationType.APPROVAL_REQUEST]: { icon: ':ballot_box_with_check:', action: 'review' },
    [NotificationType.ALERT]: { icon: ':rotating_light:', action: 'lookInto' },
    [NotificationType.REMINDER]: { icon: ':alarm_clock:' },
    [NotificationType.ANNOUNCEMENT]: { icon: ':mega:', action: 'readMore' },
  }),
);

/**
 * The built-in Slack formatters by notification type: one for each built-in type, and a default that also shows messages of several
 * types, each entry in the style of its own type. A host's own formatter comes before them: `@NotificationFormatter({ channel: 'slack', type: 'alert' })`.
 */
@Injectable()
export class SlackMessageFormatterFactory implements ImmediateFormatter<SlackContent> {
  private readonly formatters = new Map<string, SlackMessageFormatter>();
  private readonly fallback: SlackMessageFormatter;
  private readonly order: DigestOrder;
  private readonly own: OwnPhrases | undefined;

  constructor(
    @Inject(NOTIFICATION_OPTIONS)
    options: Pick<ResolvedOptions, 'slack' | 'digest'> & Partial<Pick<ResolvedOptions, 'formatting'>>,
  ) {
    const { pagination, pageSize, buttons } = options.slack;
    this.order = options.digest.order;
    const own = options.formatting?.phrases;
    this.own = own;
    const styled = (look: SlackLook): SlackMessageFormatter => ({
      format: (context) => slackPages(context, look, pagination ? pageSize : undefined),
    });
    this.fallback = styled({ own, buttons, icon: DEFAULT_STYLE.icon, styleOf: (type) => BUILT_IN.get(type) ?? DEFAULT_STYLE });
    for (const [type, style] of BUILT_IN)
      this.formatters.set(type, styled({ own, buttons, icon: style.icon, styleOf: () => style }));
  }

  /** The formatter of a type; undefined: of a message of several. */
  forType(type: string | undefined): SlackMessageFormatter {
    return (type === undefined ? undefined : this.formatters.get(type)) ?? this.fallback;
  }

  /** Renders a message by the formatter of its type. */
  format(message: ClaimedMessage): SlackContent {
    const context = messageFormatterContext(message, undefined, this.order, this.own);
    const [only, ...others] = context.contentTypes;
    return this.forType(others.length === 0 ? only?.type : undefined).format(context);
  }
}
