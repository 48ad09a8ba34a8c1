import { EXAMPLE_LATER } from './examples.js';
import { type RouteGroup } from './route-description.js';
import { described, FLAG, listOf, objectOf, oneOf, optional, ref, type Schema, TEXT, TIME, viewOf } from './schema.js';
import { type DeviceView } from '../push.controller.js';
import { DEFAULT_TICKET_MS, MAX_TICKET_MS } from '../stream-ticket.js';
import { MAX_TOPICS } from '../../transports/sse/sse-address.js';

const USER = described(TEXT, 'The person, as the application names them.');
const TICKET = described(TEXT, 'From `POST stream/tickets`, for this person.');
const TOPICS: Schema = { ...listOf(TEXT), maxItems: MAX_TOPICS, description: 'May be repeated.' };

const DEVICE: Schema = {
  oneOf: [
    {
      ...objectOf({ kind: oneOf('web'), endpoint: TEXT, keys: objectOf({ p256dh: TEXT, auth: TEXT }) }, ['kind']),
      description: 'A subscription of a browser, as `PushSubscription.toJSON()` gives it.',
    },
    { ...objectOf({ kind: oneOf('fcm'), token: TEXT }), description: 'A device that Firebase Cloud Messaging reaches.' },
  ],
};

/** Devices of push. */
export const STREAM_SCHEMAS: Readonly<Record<string, Schema>> = {
  NotificationDevice: viewOf<DeviceView>({
    key: TEXT,
    kind: oneOf('web', 'fcm'),
    host: optional(described(TEXT, 'Of the push service.')),
    registeredAt: TIME,
  }),
};

export const STREAM_ROUTES: RouteGroup = {
  tag: 'Notifications: streams and push',
  description: 'What a person gets in the application and on their devices.',
  routes: [
    {
      route: 'get /stream',
      id: 'openStream',
      what: 'Streams the events for a user, for topics, and for everybody.',
      more: 'The same address answers a WebSocket upgrade where the application has the gateway. See docs/live.md.',
      access: 'ticket',
      query: {
        user: described(TEXT, 'Whose events; without one only those of topics and of everybody.'),
        topic: TOPICS,
        batch: { ...FLAG, default: true, description: '`false`: every notification is an event of its own.' },
        lastEventId: described(TEXT, 'Resumes a first connection after this event.'),
        ticket: TICKET,
      },
      headers: { 'Last-Event-ID': described(TEXT, 'Resumes after this event; an EventSource sends it by itself.') },
      status: 200,
      answer: TEXT,
      answerType: 'text/event-stream',
    },
    {
      route: 'post /stream/tickets',
      id: 'issueTicket',
      what: 'Issues a ticket that opens the stream of a user and of topics.',
      body: {
        type: 'object',
        additionalProperties: false,
        properties: {
          user: USER,
          topics: { ...listOf(TEXT), maxItems: MAX_TOPICS },
          ttlMs: { type: 'integer', minimum: 1_000, maximum: MAX_TICKET_MS, default: DEFAULT_TICKET_MS },
        },
      },
      bodies: { 'a user and a topic': { user: '42', topics: ['deploys'] } },
      status: 201,
      answer: objectOf({ ticket: TEXT, expiresAt: TIME }),
      example: { ticket: 'eyJ1IjoiNDIifQ.k3v9', expiresAt: EXAMPLE_LATER },
      refusals: ['conflict'],
    },
    {
      route: 'get /push/key',
      id: 'getPushKey',
      what: 'Shows the key with which a browser subscribes to Web Push.',
      access: 'ticket',
      query: { user: USER, ticket: TICKET },
      status: 200,
      answer: objectOf({ publicKey: TEXT }),
      example: { publicKey: 'BOEsEvIa0nzsuH8wyZ4lAfJo…' },
      refusals: ['not_found'],
    },
    {
      route: 'get /push/worker.js',
      id: 'getPushWorker',
      what: 'Serves the service worker of Web Push.',
      access: 'open',
      status: 200,
      answer: TEXT,
      answerType: 'text/javascript',
    },
    {
      route: 'post /push/devices',
      id: 'registerDevice',
      what: 'Registers a device of a person.',
      access: 'ticket',
      body: objectOf({ user: USER, device: DEVICE, ticket: TICKET }, ['ticket']),
      bodies: { 'a phone': { user: '42', device: { kind: 'fcm', token: 'token-of-the-phone' } } },
      status: 201,
      also: { 200: 'The person has it already.' },
      answer: objectOf({ key: TEXT }),
      example: { key: 'sHq0dYpEX2PwPzKq' },
    },
    {
      route: 'delete /push/devices',
      id: 'removeDevice',
      what: 'Removes a device of a person.',
      access: 'ticket',
      body: objectOf({ user: USER, key: TEXT, ticket: TICKET }, ['ticket']),
      bodies: { 'by its key': { user: '42', key: 'sHq0dYpEX2PwPzKq' } },
      status: 204,
      answer: TEXT,
      answerType: 'none',
    },
    {
      route: 'get /push/devices',
      id: 'listDevices',
      what: 'Lists the devices of a person, without what would let others send to them.',
      query: { user: USER },
      required: ['user'],
      status: 200,
      answer: objectOf({ items: listOf(ref('NotificationDevice')) }),
      example: {
        items: [{ key: 'sHq0dYpEX2PwPzKq', kind: 'web', host: 'updates.push.services.example', registeredAt: EXAMPLE_LATER }],
      },
    },
  ],
};
