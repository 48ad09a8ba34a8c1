// Open windows: what gathers, when it closes, and sending it now.
import { html, nothing } from './lit-html.js';
import { repeat } from './directives/repeat.js';
import { act, ask } from './answers.js';
import { call } from './api.js';
import { app } from './app.js';
import { countOf, dateTime, number, span } from './format.js';
import { LiveList } from './live-list.js';
import { addressLink, choices, field, fieldsOf, filterText, heading, listFrame, select } from './parts.js';
import { go, to } from './router.js';

const isHeld = () => document.querySelector('#window-rows:is(:hover, :focus-within)') !== null;
const list = new LiveList('windows', ({ messageId }) => messageId, isHeld);

export const show = () => list.show(app.route.query);
export const leave = () => list.leave();
export const refresh = () => list.refresh();

async function flushOne({ messageId, count, address }) {
  const done = await act(
    () => call('POST', `windows/${encodeURIComponent(messageId)}/flush`),
    () => `Sent on: ${number(count)} for ${address}.`,
  );
  if (done) await list.refresh();
}

async function flushAll() {
  const { q, cursor, ...filter } = app.route.query;
  const isAll = Object.keys(filter).length === 0;
  const what = isAll
    ? `all ${countOf(app.stats?.windows.open ?? 0, 'open window')} with ${countOf(app.stats?.windows.items ?? 0, 'delivery', 'deliveries')}`
    : `all open windows of ${filterText(filter)}`;
  if (!(await ask(`Send ${what} now?`, 'Send them'))) return;
  await act(
    () => call('POST', 'flush', filter),
    ({ flushed, more }) => `${countOf(flushed, 'window was', 'windows were')} sent on${more ? ', and more follow' : ''}.`,
  );
  await list.refresh();
}

function filterForm() {
  const { query } = app.route;
  const { channels = {}, counts = { byType: {} } } = app.stats ?? {};
  const apply = (event) => go('windows', fieldsOf(event.currentTarget));
  return html`<form
    id="window-filter"
    class="filter"
    role="search"
    aria-label="Windows"
    @submit=${(event) => {
      event.preventDefault();
      apply(event);
    }}
    @change=${apply}
  >
    ${field('q', 'Title', query.q, { type: 'search', maxlength: 200 })}
    ${select('channel', 'Channel', choices(Object.keys(channels), query.channel, 'any channel'), query.channel)}
    ${select('type', 'Type', choices(Object.keys(counts.byType).slice(0, 500), query.type, 'any type'), query.type)}
    ${field('address', 'Address', query.address, { type: 'search' })}
    <button type="submit">Show</button>
    ${Object.keys(query).length === 0 ? nothing : html`<a class="button" href=${to('windows')}>Clear</a>`}
    <span class="apart">
      <button
        type="button"
        class="danger"
        id="flush-all"
        ?disabled=${app.link === 'lost' || query.q !== undefined}
        title=${query.q === undefined ? '' : 'A title cannot be used to send all: narrow by channel, type or address.'}
        @click=${flushAll}
      >
        Send all that match…
      </button>
    </span>
  </form>`;
}

function row({ item, goneAt }) {
  const { messageId, type, address, channel, groupKey, count, maxCount, openedAt, dueAt, items } = item;
  const [left, whole] = [Date.parse(dueAt) - app.now, Date.parse(dueAt) - Date.parse(openedAt)];
  const isGone = goneAt !== undefined;
  const first = items.slice(0, 2);
  return html`<tr data-message=${messageId} ?data-gone=${isGone}>
    <td class="wide">
      <a href=${to('messages', {}, messageId)}>${type}</a>
      ${groupKey === undefined ? nothing : html`<span class="quiet">${groupKey}</span>`}
      <span class="quiet said"
        >${first.map(({ title }) => title).join(' · ')}${count > first.length ? ` · and ${number(count - first.length)} more` : ''}</span
      >
    </td>
    <td class="wide">${addressLink(channel, address)}</td>
    <td>${channel}</td>
    <td>
      <label class="bar"
        >${number(count)} of ${number(maxCount)} <progress max=${maxCount} value=${Math.min(count, maxCount)}></progress
      ></label>
    </td>
    <td title=${dateTime(dueAt)}>
      ${
        isGone
          ? html`<span class="quiet">closed ${span(app.now - goneAt)} ago</span>`
          : html`<label class="bar"
              >${left > 0 ? `in ${span(left)}` : 'is due'}
              <progress max=${Math.max(1, whole)} value=${Math.min(whole, whole - left)}></progress
            ></label>`
      }
    </td>
    <td class="actions">
      <button
        type="button"
        ?disabled=${isGone || app.link === 'lost'}
        aria-label="Send now: ${type} for ${address}"
        @click=${() => flushOne(item)}
      >
        Send now
      </button>
    </td>
  </tr>`;
}

export function view() {
  const { open = 0, items = 0 } = app.stats?.windows ?? {};
  const table = html`<div class="table" tabindex="0" role="region" aria-label="Table of windows">
    <table class="rows" id="window-rows">
      <thead>
        <tr>
          <th scope="col">Window</th>
          <th scope="col">To</th>
          <th scope="col">Channel</th>
          <th scope="col">Holds</th>
          <th scope="col">Closes</th>
          <th scope="col"><span class="hidden">Action</span></th>
        </tr>
      </thead>
      <tbody>
        ${repeat(list.rows, ({ key }) => key, row)}
      </tbody>
    </table>
  </div>`;
  const isFiltered = Object.keys(app.route.query).length > 0;
  return html`<section aria-labelledby="title">
    ${heading('Windows')}
    <p class="quiet">
      ${countOf(open, 'open window')}, ${countOf(items, 'delivery gathers', 'deliveries gather')}; the oldest first.
    </p>
    ${filterForm()}
    ${listFrame(list, table, {
      section: 'windows',
      empty: isFiltered ? 'No open window matches.' : 'No window is open.',
      noun: ['window', 'windows'],
    })}
  </section>`;
}
