/**
 * The service worker of Web Push, as `GET push/worker.js` serves it. It shows what came under the message's `id` as its tag, so that a repeat takes the
 * place of what is shown; a click opens the message's link. The page is told of both, and of a subscription that changed: the page registers again.
 */
export const PUSH_WORKER = `'use strict';
const tell = async (message) => {
  const pages = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
  for (const page of pages) page.postMessage(message);
};

self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));

self.addEventListener('push', (event) => {
  const message = event.data ? event.data.json() : {};
  const { id, title = '', body, url } = message;
  const shown = self.registration.showNotification(title, { body, tag: id, data: { id, url } });
  event.waitUntil(Promise.allSettled([tell({ kind: 'nestjs-digest:pushed', message }), shown]));
});

self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  const { id, url } = event.notification.data || {};
  const opened = /^https?:/.test(url || '') ? self.clients.openWindow(url) : undefined;
  event.waitUntil(Promise.allSettled([tell({ kind: 'nestjs-digest:clicked', id }), opened]));
});

self.addEventListener('pushsubscriptionchange', (event) => {
  event.waitUntil(tell({ kind: 'nestjs-digest:subscription-changed' }));
});
`;
