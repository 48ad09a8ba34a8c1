import { PAGE, type RouteGroup } from './route-description.js';
import { objectOf, oneOf, TEXT } from './schema.js';

const HTML = { answer: TEXT, answerType: 'text/html', status: 200 };
const FILE = { answer: TEXT, answerType: 'text/plain', status: 200 };
const LINK = {
  ...HTML,
  access: 'link' as const,
  query: { t: { ...TEXT, description: 'The signed token of the link.' } },
  required: ['t'],
};

export const PAGE_ROUTES: RouteGroup = {
  tag: 'Notifications: pages',
  description: 'Pages for people, and what they load. Programs have no use for them.',
  routes: [
    { route: 'get ', id: 'openRoot', answer: TEXT, answerType: 'text/plain', status: 303, what: 'Leads to the dashboard.' },
    { route: 'get /dashboard', id: 'openDashboard', ...HTML, what: "Shows the operator's page." },
    {
      route: 'get /dashboard/live',
      id: 'streamDashboard',
      answer: TEXT,
      answerType: 'text/event-stream',
      status: 200,
      what: 'Streams statistics and health for the page, every two seconds.',
    },
    {
      route: 'get /dashboard/{file}',
      id: 'getDashboardFile',
      ...FILE,
      what: 'Serves a file of the page.',
      refusals: ['not_found'],
    },
    {
      route: 'get /dashboard/directives/{file}',
      id: 'getDashboardDirective',
      ...FILE,
      what: "Serves a file of the page's view library.",
      refusals: ['not_found'],
    },
    {
      route: 'get /dashboard/forms/{messageId}/{index}',
      id: 'getMessageHtml',
      ...HTML,
      what: 'Shows the HTML of a message, for a frame of the page.',
      refusals: ['not_found'],
    },
    {
      route: 'get /mailbox',
      id: 'openMailbox',
      query: {
        q: { ...TEXT, minLength: 1, maxLength: 200, description: 'Part of a subject, an address or the text.' },
        ...PAGE,
      },
      ...HTML,
      what: 'Shows mail that was kept instead of being sent.',
      refusals: ['not_found'],
    },
    {
      route: 'get /unsubscribe',
      id: 'openUnsubscribePage',
      ...LINK,
      what: 'Shows the page of a link in a mail: what its reader gets. It changes nothing.',
      also: { 404: 'Nobody signed this link, or the person is gone.' },
    },
    {
      route: 'post /unsubscribe',
      id: 'unsubscribe',
      ...LINK,
      body: objectOf({ 'List-Unsubscribe': oneOf('One-Click') }),
      bodyType: 'application/x-www-form-urlencoded',
      what: 'Unsubscribes with one click (RFC 8058), or does what a form of the page asks for.',
      also: { 404: 'Nobody signed this link, or the person is gone.' },
    },
  ],
};
