// Dead letters: grouped by what failed, sent again or dismissed by filter, and one by one.
import { html, nothing } from './lit-html.js';
import { repeat } from './directives/repeat.js';
import { act, ask } from './answers.js';
import { call, search } from './api.js';
import { app, changed } from './app.js';
import { deliveryTable } from './deliveries.js';
import { countOf, number } from './format.js';
import { LiveList } from './live-list.js';
import { ago, choices, field, fieldsOf, filterText, heading, listFrame, select } from './parts.js';
import { ADVICE, REASONS } from './reasons.js';
import { go, to } from './router.js';

const GROUPS_EVERY_MS = 10_000;
const isHeld = () => document.querySelector('#dead-rows:is(:hover, :focus-within)') !== null;
const list = new LiveList('dead', ({ id }) => id, isHeld);
let groups;
let groupsAt = 0;
let replays = [];
let turn = 0;

/** What acts on everything that is shown: `dismissed` and `cursor` only choose what is shown. */
function filterOf({ dismissed, cursor, ...filter }) {
  return filter;
}

async function readGroups() {
  const mine = ++turn;
  groupsAt = Date.now();
  try {
    const [found, asked] = await Promise.all([
      call('GET', `dead/groups${search(filterOf(app.route.query))}`),
      call('GET', 'dead/replays'),
    ]);
    if (mine !== turn) return;
    groups = { ...found, items: byReason(found.items) };
    replays = asked.items;
    changed();
  } catch {
    // The list beside it says that the server does not answer.
  }
}

/** The groups of one channel and reason are sent again together: a filter has no more. */
export function byReason(items) {
  const found = new Map();
  for (const { channel, reason, message, count, addresses, firstAt, lastAt } of items) {
    const key = JSON.stringify([channel, reason]);
    const group = found.get(key) ?? { key, channel, reason, count: 0, addresses: 0, firstAt, lastAt, messages: [] };
    group.count += count;
    group.addresses = Math.max(group.addresses, addresses);
    group.firstAt = firstAt < group.firstAt ? firstAt : group.firstAt;
    group.lastAt = lastAt > group.lastAt ? lastAt : group.lastAt;
    group.messages.push({ message, count });
    found.set(key, group);
  }
  return [...found.values()].sort((a, b) => b.count - a.count);
}

export function show() {
  list.show(app.route.query);
  void readGroups();
}

export function leave() {
  list.leave();
  groups = undefined;
  turn++;
}

export async function refresh() {
  await list.refresh();
  if (app.link !== 'lost' && Date.now() - groupsAt >= GROUPS_EVERY_MS) await readGroups();
}

async function after(work, done) {
  await act(work, done);
  await Promise.all([list.refresh(), readGroups()]);
}

/** @param count as far as it is known */
async function replay(filter, count) {
  const what = Object.keys(filter).length === 0 ? 'of every channel and reason' : `of ${filterText(filter)}`;
  if (!(await ask(`Send ${countOf(count, 'dead letter')} ${what} again?`, 'Send them again'))) return;
  await after(
    () => call('POST', 'dead/replay', filter),
    ({ replayed, more }) => `${number(replayed)} put back in the queue${more ? ', and more follow' : ''}.`,
  );
}

async function dismiss(filter, count) {
  const what = Object.keys(filter).length === 0 ? 'of every channel and reason' : `of ${filterText(filter)}`;
  if (!(await ask(`Dismiss ${countOf(count, 'dead letter')} ${what}? They stay dead, and are no longer shown.`, 'Dismiss them')))
    return;
  await after(
    () => call('POST', 'dead/dismiss', filter),
    ({ dismissed, more }) => `${number(dismissed)} dismissed${more ? ', and more follow' : ''}.`,
  );
}

function groupRow({ channel, reason, count, addresses, firstAt, lastAt, messages }) {
  const filter = { ...filterOf(app.route.query), channel, reason };
  const off = app.link === 'lost';
  return html`<li class="group" data-group="${channel} ${reason}">
    <p class="group-head">
      <strong>${number(count)}</strong> ${channel} · <strong>${reason}</strong>
      <span class="quiet">${countOf(addresses, 'address', 'addresses')} or more, first ${ago(firstAt)}, last ${ago(lastAt)}</span>
    </p>
    ${messages
      .slice(0, 3)
      .map(
        ({ message, count: of }) =>
          html`<p class="said quiet">${messages.length === 1 ? '' : `${number(of)} × `}“${message}”</p>`,
      )}
    ${messages.length > 3 ? html`<p class="quiet">and ${countOf(messages.length - 3, 'other message')}</p>` : nothing}
    <p class="advice">${ADVICE[reason] ?? ''}</p>
    <p class="actions">
      <a class="button" href=${to('dead', filter)}>Show</a>
      <button type="button" ?disabled=${off} aria-label="Send again: ${channel} ${reason}" @click=${() => replay(filter, count)}>
        Send again…
      </button>
      <button type="button" ?disabled=${off} aria-label="Dismiss: ${channel} ${reason}" @click=${() => dismiss(filter, count)}>
        Dismiss…
      </button>
    </p>
  </li>`;
}

function filterForm(total) {
  const { query } = app.route;
  const { channels = {}, counts = { byType: {}, byChannel: {} } } = app.stats ?? {};
  const off = app.link === 'lost' || total === 0;
  const apply = (event) => go('dead', fieldsOf(event.currentTarget));
  return html`<form
    id="dead-filter"
    class="filter"
    role="search"
    aria-label="Dead letters"
    @submit=${(event) => {
      event.preventDefault();
      apply(event);
    }}
    @change=${apply}
  >
    ${select('channel', 'Channel', choices([...Object.keys(channels), ...Object.keys(counts.byChannel)], query.channel, 'any channel'), query.channel)}
    ${select('type', 'Type', choices(Object.keys(counts.byType).slice(0, 500), query.type, 'any type'), query.type)}
    ${select('reason', 'Reason', choices(REASONS, query.reason, 'any reason'), query.reason)}
    ${field('address', 'Address', query.address, { type: 'search' })}
    <label class="check"
      ><input type="checkbox" name="dismissed" value="true" .checked=${query.dismissed === 'true'} /> dismissed too</label
    >
    <button type="submit">Show</button>
    ${Object.keys(query).length === 0 ? nothing : html`<a class="button" href=${to('dead')}>Clear</a>`}
    <span class="apart">
      <button type="button" id="replay-all" ?disabled=${off} @click=${() => replay(filterOf(query), total)}>
        Send all that match again…
      </button>
      <button type="button" id="dismiss-all" ?disabled=${off} @click=${() => dismiss(filterOf(query), total)}>
        Dismiss all that match…
      </button>
    </span>
  </form>`;
}

function replaysView() {
  const [last] = replays;
  if (last === undefined) return nothing;
  const { at, deliveries, delivered, dead, pending } = last;
  return html`<p id="replays">
    Sent again ${ago(at)}: ${number(deliveries)}, of which ${number(delivered)} delivered, ${number(dead)} dead again,
    ${number(pending)} to come.
    ${pending === 0 ? nothing : html`<progress max=${Math.max(1, deliveries)} value=${deliveries - pending} aria-label="Sent again"></progress>`}
  </p>`;
}

export function view() {
  const items = groups?.items ?? [];
  const total = items.reduce((sum, { count }) => sum + count, 0);
  const one = (item) =>
    html`<button
        type="button"
        ?disabled=${app.link === 'lost'}
        aria-label="Send again: ${item.title}"
        @click=${() =>
          after(
            () => call('POST', 'dead/replay', { ids: [item.id] }),
            ({ replayed }) => `${number(replayed)} put back in the queue.`,
          )}
      >
        Send again
      </button>
      <button
        type="button"
        ?disabled=${app.link === 'lost'}
        aria-label="Dismiss: ${item.title}"
        @click=${() =>
          after(
            () => call('POST', 'dead/dismiss', { ids: [item.id] }),
            ({ dismissed }) => `${number(dismissed)} dismissed.`,
          )}
      >
        Dismiss
      </button>`;
  return html`<section aria-labelledby="title">
    ${heading('Dead letters')}
    <p class="quiet" id="dead-total">
      ${
        groups === undefined
          ? 'Counting …'
          : html`${countOf(total, 'dead letter')}${groups.more ? ' of those that were looked at' : ''};
            ${number(groups.dismissed)} dismissed.`
      }
    </p>
    ${filterForm(total)} ${replaysView()}
    <ul class="groups" aria-label="Groups">
      ${repeat(items.slice(0, 20), ({ key }) => key, groupRow)}
    </ul>
    ${list.rows.length === 0 ? nothing : html`<h3>One by one, newest first</h3>`}
    ${listFrame(list, deliveryTable(list.rows, 'dead-rows', one), {
      section: 'dead',
      empty: 'No dead letter matches.',
      noun: ['dead letter', 'dead letters'],
    })}
  </section>`;
}
