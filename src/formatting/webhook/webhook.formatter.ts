import { type ClaimedMessage } from '../../model/message.js';
import { type WebhookContent } from '../../transports/webhook/webhook-content.js';
import { entryItems } from '../entry-items.js';
import { type ImmediateFormatter } from '../formatter.js';

/** The built-in formatter of webhooks: everything as it was accepted, in order. */
export const webhookFormatter: ImmediateFormatter<WebhookContent> = {
  format(message: ClaimedMessage): WebhookContent {
    const { type, items } = entryItems(message);
    return {
      type,
      timestamp: new Date(message.queuedAt).toISOString(),
      data: { count: items.length, notifications: items },
    };
  },
};
