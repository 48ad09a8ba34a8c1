import { ATTACHMENT_LIMITS } from '../model/email-attachment.js';
import { EMAIL_LIMITS } from '../model/email-fields.js';
import { NOTIFICATION_LIMITS, NotificationType, PRIORITIES } from '../model/notification.js';

const ADDRESS = { type: 'string', minLength: 1, maxLength: NOTIFICATION_LIMITS.addressCharacters };
const KEY = { type: 'string', minLength: 1, maxLength: NOTIFICATION_LIMITS.keyCharacters };
const TIMESTAMP = { type: 'string', format: 'date-time' };

const COPIES = { type: 'array', items: ADDRESS, maxItems: EMAIL_LIMITS.copies, description: 'With exactly one address in to.' };

const ATTACHMENTS = {
  type: 'array',
  maxItems: ATTACHMENT_LIMITS.count,
  description: 'At most 2 MiB together; none in bulk. Each has content or path.',
  items: {
    type: 'object',
    required: ['filename'],
    additionalProperties: false,
    properties: {
      filename: { type: 'string', minLength: 1, maxLength: ATTACHMENT_LIMITS.filenameCharacters },
      content: { type: 'string', format: 'byte', description: 'Base64.' },
      path: { type: 'string', description: 'Relative to EMAIL_ATTACHMENTS_DIR.' },
      contentType: { type: 'string', example: 'application/pdf', description: 'By the name of the file when absent.' },
      cid: { type: 'string', maxLength: ATTACHMENT_LIMITS.cidCharacters, description: 'The HTML shows it by cid: and this.' },
    },
  },
};

/** A notification as OpenAPI 3 describes it. */
export const NOTIFICATION_SCHEMA = {
  type: 'object',
  // Defaults may stand for the channel and the address, and only sse takes a notification without a title.
  required: ['type'],
  additionalProperties: false,
  properties: {
    type: {
      type: 'string',
      pattern: '^[a-z0-9][a-z0-9_.-]{0,63}$',
      description: 'What it is; built in are ' + Object.values(NotificationType).join(', ') + '.',
      example: NotificationType.ALERT,
    },
    channel: {
      type: 'string',
      description: 'A registered channel. Required unless there are channels or NOTIFICATIONS_DEFAULT_CHANNEL is set.',
    },
    channels: {
      type: 'array',
      minItems: 1,
      maxItems: NOTIFICATION_LIMITS.channels,
      description: 'Instead of channel. With more than one, to names recipients (user:ID) only.',
      items: {
        oneOf: [
          { type: 'string' },
          {
            type: 'object',
            required: ['channel'],
            additionalProperties: false,
            properties: {
              channel: { type: 'string' },
              afterMs: {
                type: 'integer',
                minimum: 1,
                description: 'So long after its acceptance, or a later sendAt, at the earliest.',
              },
              unless: { type: 'string', enum: ['read'], description: 'Not when it was read by then. Needs afterMs.' },
            },
          },
        ],
      },
    },
    to: {
      oneOf: [ADDRESS, { type: 'array', items: ADDRESS, minItems: 1, maxItems: NOTIFICATION_LIMITS.addresses }],
      description: 'Addresses of the channel. Required unless NOTIFICATIONS_DEFAULT_TO is set.',
    },
    title: {
      type: 'string',
      minLength: 1,
      maxLength: NOTIFICATION_LIMITS.titleCharacters,
      description: 'Required on every channel but sse.',
    },
    body: { type: 'string', description: 'Plain text, at most 64 KiB of UTF-8.' },
    actor: {
      type: 'object',
      required: ['id'],
      additionalProperties: false,
      properties: { id: { type: 'string' }, name: { type: 'string' } },
    },
    data: { type: 'object', additionalProperties: true, description: 'At most 16 KiB, nested at most 8 deep.' },
    priority: { type: 'string', enum: [...PRIORITIES], default: 'normal' },
    groupKey: { ...KEY, description: 'Different keys never share a digest.' },
    dedupeKey: { ...KEY, description: 'Within one window the newest with this key replaces the older one.' },
    idempotencyKey: { ...KEY, description: 'Said again within 24 h it returns the first answer and sends nothing more.' },
    sendAt: { ...TIMESTAMP, description: 'Not before.' },
    expiresAt: { ...TIMESTAMP, description: 'Never after: it ends as expired.' },
    email: {
      type: 'object',
      additionalProperties: false,
      description:
        'For the channel email only. With html, attachments, cc or bcc a notification never gathers; replyTo keeps windows apart.',
      properties: {
        subject: {
          type: 'string',
          minLength: 1,
          maxLength: EMAIL_LIMITS.subjectCharacters,
          description: 'Of a mail that holds this notification alone.',
        },
        html: { type: 'string', description: 'A whole document in place of the built-in look, at most 256 KiB of UTF-8.' },
        replyTo: { type: 'string', example: 'Billing <billing@example.com>' },
        account: { type: 'string', description: 'A name in the option email.accounts.' },
        cc: COPIES,
        bcc: COPIES,
        attachments: ATTACHMENTS,
      },
    },
    locale: { type: 'string', description: 'Of the reader, BCP 47.', example: 'de-AT' },
    timeZone: { type: 'string', description: 'Of the reader, IANA.', example: 'Europe/Vienna' },
  },
  example: { type: 'alert', channel: 'email', to: 'ann@example.com', title: 'Disk full', priority: 'critical' },
};
