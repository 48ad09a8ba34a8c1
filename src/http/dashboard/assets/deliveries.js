// The list of deliveries, by state, channel, type, address, reason and time.
import { html, nothing } from './lit-html.js';
import { repeat } from './directives/repeat.js';
import { call } from './api.js';
import { app, changed } from './app.js';
import { dateTime, localInput, number } from './format.js';
import { LiveList } from './live-list.js';
import { addressLink, ago, choices, field, fieldsOf, heading, listFrame, select, stateView } from './parts.js';
import { REASONS, STATES } from './reasons.js';
import { go, to } from './router.js';

const isHeld = () => document.querySelector('#delivery-rows:is(:hover, :focus-within)') !== null;
const list = new LiveList('deliveries', ({ id }) => id, isHeld);
const SINCE = { '10m': 600_000, '1h': 3_600_000, '24h': 86_400_000, '7d': 604_800_000 };
const TIMES = [
  ['', 'any time'],
  ['10m', 'last 10 minutes'],
  ['1h', 'last hour'],
  ['24h', 'last 24 hours'],
  ['7d', 'last 7 days'],
  ['between', 'between …'],
];
let address;

/** What the list is asked for: `since` is a time by now. */
function asked({ since, cursor, ...query }) {
  const ms = SINCE[since];
  // A whole minute, so that the question stays the same while it is asked again.
  const from = ms === undefined ? query.from : Math.floor((Date.now() - ms) / 60_000) * 60_000;
  return { ...query, from, cursor };
}

export function show() {
  const { query } = app.route;
  list.show(asked(query));
  const of = query.channel !== undefined && query.address !== undefined ? `${query.channel} ${query.address}` : undefined;
  if (of === address?.of) return;
  address = of === undefined ? undefined : { of };
  if (of === undefined) return;
  const path = `stats/channels/${encodeURIComponent(query.channel)}/${encodeURIComponent(query.address)}`;
  call('GET', path).then(
    (figures) => {
      if (address?.of !== of) return;
      address = { of, figures };
      changed();
    },
    () => undefined,
  );
}

export function leave() {
  list.leave();
  address = undefined;
}

export const refresh = () => list.refresh();

function filter(form) {
  const { since, from, to: until, ...fields } = fieldsOf(form);
  if (since !== 'between') return go('deliveries', { ...fields, since });
  const bounds =
    from === undefined
      ? [Date.now() - SINCE['1h'], Date.now()]
      : [from, until].map((at) => (at === undefined ? undefined : Date.parse(at)));
  return go('deliveries', { ...fields, from: bounds[0], to: bounds[1] });
}

function filterForm() {
  const {
    query,
    query: { since, from, to: until },
  } = app.route;
  const { channels = {}, counts = { byType: {}, byChannel: {} } } = app.stats ?? {};
  const isBetween = from !== undefined || until !== undefined;
  const bound = (name, label, at) =>
    html`<label>${label} <input type="datetime-local" name=${name} .value=${localInput(at)} /></label>`;
  return html`<form
    id="delivery-filter"
    class="filter"
    role="search"
    aria-label="Deliveries"
    @submit=${(event) => {
      event.preventDefault();
      filter(event.currentTarget);
    }}
    @change=${(event) => filter(event.currentTarget)}
  >
    ${select('state', 'State', [['', 'any state'], ...STATES.map((state) => [state, state])], query.state)}
    ${select('channel', 'Channel', choices([...Object.keys(channels), ...Object.keys(counts.byChannel)], query.channel, 'any channel'), query.channel)}
    ${select('type', 'Type', choices(Object.keys(counts.byType).slice(0, 500), query.type, 'any type'), query.type)}
    ${select('reason', 'Reason', choices(REASONS, query.reason, 'any reason'), query.reason)}
    ${select('since', 'Accepted', TIMES, isBetween ? 'between' : since)}
    ${isBetween ? [bound('from', 'From', from), bound('to', 'Before', until)] : nothing}
    ${field('address', 'Address', query.address, { type: 'search' })}
    <button type="submit">Show</button>
    ${Object.keys(query).length === 0 ? nothing : html`<a class="button" href=${to('deliveries')}>Clear</a>`}
  </form>`;
}

/** Rows of deliveries, as other sections show them too. @param more an action for each */
export function deliveryTable(rows, id, more = undefined) {
  return html`<div class="table" tabindex="0" role="region" aria-label="Table of deliveries">
    <table class="rows" id=${id}>
      <thead>
        <tr>
          <th scope="col">Accepted</th>
          <th scope="col">State</th>
          <th scope="col">Title</th>
          <th scope="col">Type</th>
          <th scope="col">Channel</th>
          <th scope="col">To</th>
          <th scope="col" class="figure">Attempts</th>
          <th scope="col">Reason</th>
          ${more === undefined ? nothing : html`<th scope="col"><span class="hidden">Action</span></th>`}
        </tr>
      </thead>
      <tbody>
        ${repeat(
          rows,
          ({ key }) => key,
          ({ item, goneAt }) =>
            html`<tr data-delivery=${item.id} ?data-gone=${goneAt !== undefined}>
              <td>${ago(item.createdAt)}</td>
              <td>${stateView(item.state)}</td>
              <td class="wide"><a href=${to('deliveries', {}, item.id)}>${item.title}</a></td>
              <td>${item.type}</td>
              <td>${item.channel}</td>
              <td class="wide">${addressLink(item.channel, item.to)}</td>
              <td class="figure" data-label="Attempts">${number(item.attempts)}</td>
              <td>
                ${item.reason ?? (item.state === 'queued' || item.state === 'sending' ? item.lastError?.reason : undefined) ?? ''}
                ${item.lastError === undefined ? nothing : html`<span class="quiet said">${item.lastError.message}</span>`}
              </td>
              ${more === undefined ? nothing : html`<td class="actions">${goneAt === undefined ? more(item) : nothing}</td>`}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

function addressFigures() {
  if (address?.figures === undefined) return nothing;
  const { counts, messages, batches, windows, lastActivityAt } = address.figures;
  return html`<p id="address-figures">
    ${number(counts.accepted)} accepted, ${number(counts.pending)} pending, ${number(counts.byState.dead)} dead;
    ${number(messages)} messages sent, ${number(batches.averageSize, 1)} deliveries each on average; ${number(windows.open)} open
    windows${lastActivityAt === undefined ? '' : html`; last activity ${ago(lastActivityAt)}`}.
  </p>`;
}

export function view() {
  const { from, to: until } = app.route.query;
  return html`<section aria-labelledby="title">
    ${heading('Deliveries')} ${filterForm()} ${addressFigures()}
    ${
      from === undefined || until === undefined
        ? nothing
        : html`<p class="quiet">Accepted from ${dateTime(Number(from))} until before ${dateTime(Number(until))}.</p>`
    }
    ${listFrame(list, deliveryTable(list.rows, 'delivery-rows'), {
      section: 'deliveries',
      empty: 'No delivery matches.',
      noun: ['delivery', 'deliveries'],
    })}
  </section>`;
}
