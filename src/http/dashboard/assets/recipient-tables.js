// What waits for a person, and what they want, as tables.
import { html } from './lit-html.js';
import { app } from './app.js';
import { dateTime, number, span } from './format.js';
import { to } from './router.js';

const WHO = { required: 'the application: it is required', tenant: 'the tenant', person: 'the person', default: 'the rules' };
const HELD = { hours: 'outside of their hours', mute: 'muted', frequency: 'by their frequency' };

function frequencyText(frequency) {
  if (typeof frequency === 'string') return frequency;
  return 'cron' in frequency ? `by “${frequency.cron}”` : `after ${span(frequency.windowMs)}`;
}

/** Why a message comes when it comes. */
export function whyText({ heldBy, frequency, from, unplanned }) {
  if (unplanned === true) return 'the directory did not answer: the rules apply';
  const how = `${frequencyText(frequency)} (${WHO[from] ?? from})`;
  return heldBy === undefined || heldBy === 'frequency' ? how : `${HELD[heldBy]}; ${how}`;
}

export function waitingTable(id, waiting) {
  const { preview } = app.route.query;
  return html`<div class="table" tabindex="0" role="region" aria-label="Table of what waits">
    <table class="rows" id="waiting-rows">
      <thead>
        <tr>
          <th scope="col">Message</th>
          <th scope="col">Channel</th>
          <th scope="col">Holds</th>
          <th scope="col">Comes</th>
          <th scope="col">Why then</th>
          <th scope="col"><span class="hidden">Action</span></th>
        </tr>
      </thead>
      <tbody>
        ${waiting.slice(0, 200).map((message) => {
          const { messageId, type, channel, count, dueAt, items } = message;
          const left = Date.parse(dueAt) - app.now;
          return html`<tr data-message=${messageId}>
            <td class="wide">
              <a href=${to('messages', {}, messageId)}>${type}</a>
              <span class="quiet said"
                >${items
                  .map(({ title }) => title)
                  .slice(-2)
                  .join(' · ')}</span
              >
            </td>
            <td>${channel}</td>
            <td>${number(count)}</td>
            <td><time datetime=${dueAt} title=${dateTime(dueAt)}>${left > 0 ? `in ${span(left)}` : 'is due'}</time></td>
            <td class="wide">${whyText(message)}</td>
            <td class="actions">
              <a
                class="button"
                href=${to('recipients', { preview: messageId }, id)}
                aria-current=${preview === messageId ? 'true' : 'false'}
                aria-label="Preview ${type} on ${channel}"
                >Preview</a
              >
            </td>
          </tr>`;
        })}
      </tbody>
    </table>
  </div>`;
}

export function effectiveTable(effective) {
  return html`<div class="table" tabindex="0" role="region" aria-label="Table of preferences in effect">
    <table class="rows" id="effective-rows">
      <thead>
        <tr>
          <th scope="col">Type</th>
          <th scope="col">Channel</th>
          <th scope="col">Comes</th>
          <th scope="col">Decided by</th>
          <th scope="col">The next one</th>
        </tr>
      </thead>
      <tbody>
        ${effective.map(
          ({ type, channel, frequency, from, nextAt }) =>
            html`<tr>
              <td>${type}</td>
              <td>${channel}</td>
              <td>${frequencyText(frequency)}</td>
              <td>${WHO[from] ?? from}</td>
              <td>${nextAt === undefined ? 'never' : dateTime(nextAt)}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}
