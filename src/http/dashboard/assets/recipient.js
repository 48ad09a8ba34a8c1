// One person: what waits for them, why and until when, what they want and who decided it.
import { html, nothing } from './lit-html.js';
import { act, ask } from './answers.js';
import { call } from './api.js';
import { app, changed } from './app.js';
import { countOf, dateTime, number } from './format.js';
import { formsView } from './forms.js';
import { field, fieldsOf, heading } from './parts.js';
import { effectiveTable, waitingTable } from './recipient-tables.js';
import { go, to } from './router.js';

const DAYS = ['', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

let shown;
let turn = 0;

const pathOf = (id, rest = '') => `recipients/${encodeURIComponent(id)}${rest}`;
const addressOf = (id) => `user:${id}`;

/** The window whose preview is asked for; it may have been sent in the meantime. */
async function previewOf(messageId) {
  if (messageId === undefined) return undefined;
  return call('GET', `windows/${encodeURIComponent(messageId)}/preview`).catch((error) => ({ error: error.message }));
}

async function read(id, { preview }) {
  const suppressed = `deliveries?${new URLSearchParams({ address: addressOf(id), reason: 'suppressed', limit: '5' })}`;
  const [person, waiting, stopped, form] = await Promise.all([
    call('GET', pathOf(id)),
    call('GET', pathOf(id, '/waiting')),
    call('GET', suppressed),
    previewOf(preview),
  ]);
  return { person, waiting: waiting.items, suppressed: stopped.items, preview: form };
}

export async function refresh() {
  const { id, query } = app.route;
  if (id === undefined || app.link === 'lost') return;
  const mine = ++turn;
  try {
    const found = await read(id, query);
    if (mine === turn) shown = { id, ...found };
  } catch (error) {
    if (mine === turn) shown = { ...(shown?.id === id ? shown : { id }), error: error.message };
  }
  changed();
}

export function show() {
  if (shown?.id !== app.route.id) shown = undefined;
  void refresh();
}

export function leave() {
  shown = undefined;
  turn++;
}

async function doIt(work, done) {
  if (await act(work, done)) await refresh();
}

async function flush({ id }, waiting) {
  const deliveries = waiting.reduce((sum, { count }) => sum + count, 0);
  const what = `${countOf(waiting.length, 'message')} with ${countOf(deliveries, 'delivery', 'deliveries')}`;
  if (!(await ask(`Send ${what} to ${id} now, also outside of their hours?`, 'Send now'))) return;
  await doIt(
    () => call('POST', pathOf(id, '/flush')),
    ({ flushed }) => `${countOf(flushed, 'message was', 'messages were')} sent on.`,
  );
}

async function forget({ id }) {
  const text = `Erase ${id}? What waits is cancelled, and the contents of what was sent are deleted. This cannot be undone.`;
  if (!(await ask(text, 'Erase'))) return;
  const done = await act(
    () => call('DELETE', pathOf(id)),
    ({ cancelled, erased }) => `${id} is erased: ${number(cancelled)} cancelled, ${number(erased)} contents deleted.`,
  );
  if (done) go('recipients');
}

function hoursText({ days, from, to: until }) {
  return `${days === undefined ? 'every day' : days.map((day) => DAYS[day]).join(', ')} ${from}–${until}`;
}

function facts({ id, name, tenant, timeZone, locale, addresses, preferences }, suppressed) {
  const { hours = [], mutedUntil, mutedKeys = [], digestAt, digestOn } = preferences;
  const off = app.link === 'lost';
  const isMuted = mutedUntil !== undefined && Date.parse(mutedUntil) > app.now;
  const unmute = (groupKey) => () =>
    doIt(
      () => call('DELETE', `${pathOf(id, '/mute')}${groupKey === undefined ? '' : `?${new URLSearchParams({ groupKey })}`}`),
      () => `${groupKey ?? id} is no longer muted.`,
    );
  const rows = [
    ['Id', html`<code>${id}</code>`],
    ['Name', name],
    ['Tenant', tenant],
    ['Time zone', timeZone],
    ['Language', locale],
    ['Addresses', Object.entries(addresses).map(([channel, address]) => html`<div>${channel} · ${address}</div>`)],
    ['Hours', hours.length === 0 ? 'at any time' : hours.map((one) => html`<div>${hoursText(one)}</div>`)],
    ['Digests', `at ${digestAt ?? '09:00'}, weekly on ${DAYS[digestOn ?? 1]}`],
    [
      'Muted',
      isMuted
        ? html`until ${dateTime(mutedUntil)} <button type="button" ?disabled=${off} @click=${unmute()}>End the mute</button>`
        : 'no',
    ],
    [
      'Muted groups',
      mutedKeys.length === 0
        ? undefined
        : mutedKeys.slice(0, 50).map(
            (key) =>
              html`<div>
                ${key}
                <button type="button" ?disabled=${off} aria-label="End the mute of ${key}" @click=${unmute(key)}>End</button>
              </div>`,
          ),
    ],
    [
      'Suppressed',
      suppressed.length === 0
        ? 'nothing was stopped by it'
        : html`<a href=${to('deliveries', { address: addressOf(id), reason: 'suppressed' })}
            >the last on ${suppressed[0].channel}, ${dateTime(suppressed[0].updatedAt)}</a
          >`,
    ],
    ['Deliveries', html`<a href=${to('deliveries', { address: addressOf(id) })}>${addressOf(id)}</a>`],
  ];
  return html`<dl class="facts">
    ${rows
      .filter(([, value]) => value !== undefined)
      .map(
        ([label, value]) =>
          html`<dt>${label}</dt>
            <dd>${value}</dd>`,
      )}
  </dl>`;
}

function previewView({ error, ...preview }) {
  return html`<div class="panel" id="preview">
    ${error === undefined ? formsView(preview, app.route) : html`<p class="bad" role="alert">There is no preview: ${error}</p>`}
  </div>`;
}

function personView({ person, waiting, suppressed, preview }) {
  const off = app.link === 'lost';
  return html`<div class="panel">
      ${facts(person, suppressed)}
      <div class="actions">
        <button type="button" class="danger" ?disabled=${off} @click=${() => forget(person)}>Erase this person…</button>
      </div>
    </div>
    <h3>What waits</h3>
    ${
      waiting.length === 0
        ? html`<p class="quiet" id="note">Nothing waits.</p>`
        : html`${waitingTable(person.id, waiting)}
            <div class="actions">
              <button type="button" class="primary" ?disabled=${off} @click=${() => flush(person, waiting)}>Send all now…</button>
            </div>`
    }
    ${preview === undefined ? nothing : previewView(preview)}
    <h3>Preferences in effect</h3>
    ${effectiveTable(person.effective)}`;
}

function search() {
  return html`<form
    class="filter"
    role="search"
    aria-label="Recipient"
    @submit=${(event) => {
      event.preventDefault();
      const { person } = fieldsOf(event.currentTarget);
      if (person !== undefined) go('recipients', {}, person.replace(/^user:/, ''));
    }}
  >
    ${field('person', 'Id', app.route.id ?? '', { type: 'search', maxlength: 205 })}
    <button type="submit">Show</button>
  </form>`;
}

export function view() {
  const { id } = app.route;
  const { person, error } = shown ?? {};
  return html`<section aria-labelledby="title">
    ${heading(id === undefined ? 'Recipients' : (person?.name ?? id))} ${search()}
    ${error === undefined ? nothing : html`<p class="bad" role="alert">It could not be read: ${error}</p>`}
    ${
      person === undefined
        ? html`<p class="quiet">
            ${error !== undefined ? '' : id === undefined ? 'What waits for a person, and why.' : 'Reading …'}
          </p>`
        : personView(shown)
    }
  </section>`;
}
