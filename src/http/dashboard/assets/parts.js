// Small parts that several sections show.
import { html, nothing } from './lit-html.js';
import { app } from './app.js';
import { countOf, dateTime, span } from './format.js';
import { to } from './router.js';

/** How long ago, with the time itself for the pointer. */
export function ago(at) {
  const ms = app.now - Date.parse(at);
  return html`<time datetime=${at} title=${dateTime(at)}>${ms < 1_000 ? 'now' : `${span(ms)} ago`}</time>`;
}

const STATE_MARKS = { delivered: '✓', dead: '✖', queued: '◷', sending: '➤', gathering: '▤' };

export function stateView(state) {
  return html`<span class="state" data-state=${state}
    ><span aria-hidden="true">${STATE_MARKS[state] ?? '–'}</span> ${state}</span
  >`;
}

export function addressLink(channel, address) {
  return html`<a href=${to('deliveries', { channel, address })}>${address}</a>`;
}

/** The heading of a section; it takes the focus when the section is opened. */
export function heading(text, more = nothing) {
  return html`<h2 id="title" tabindex="-1">${text} ${more}</h2>`;
}

export function select(name, label, options, value) {
  return html`<label
    >${label}
    <select name=${name}>
      ${options.map(([option, text]) => html`<option value=${option} .selected=${option === (value ?? '')}>${text}</option>`)}
    </select></label
  >`;
}

export function field(name, label, value, attributes = {}) {
  return html`<label
    >${label}
    <input
      name=${name}
      type=${attributes.type ?? 'text'}
      maxlength=${attributes.maxlength ?? 2048}
      list=${attributes.list ?? nothing}
      .value=${value ?? ''}
  /></label>`;
}

/** Names to choose from, with all of them first and the one that is chosen in any case. */
export function choices(names, value, all) {
  const known = new Set(names);
  if (value !== undefined && value !== '') known.add(value);
  return [['', all], ...[...known].sort().map((name) => [name, name])];
}

/** The fields of a form that have a value. */
export function fieldsOf(form) {
  return Object.fromEntries([...new FormData(form).entries()].filter(([, value]) => value !== ''));
}

/** A filter in words: `channel email, type alert`. */
export function filterText(fields) {
  return Object.entries(fields)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
}

/** What stands above and below the rows of a list. */
export function listFrame(list, rows, { section, empty, noun }) {
  const { cursor, ...query } = app.route.query;
  const foot = html`<p class="foot">
    ${cursor === undefined ? nothing : html`<a class="button" href=${to(section, query)}>First page</a>`}
    ${
      list.next === undefined
        ? nothing
        : html`<a class="button" href=${to(section, { ...query, cursor: list.next })}>Next page</a>`
    }
  </p>`;
  const count = cursor === undefined ? list.newer : 0;
  return html`
    ${list.error === undefined ? nothing : html`<p class="bad">This list could not be read: ${list.error}</p>`}
    ${
      count === 0
        ? nothing
        : html`<p class="newer">
            <button type="button" @click=${() => list.reload()}>
              Show ${countOf(count, `new ${noun[0]}`, `new ${noun[1]}`)}${count >= list.size ? ' or more' : ''}
            </button>
          </p>`
    }
    ${
      list.rows.length === 0
        ? html`<p class="quiet" id="note">
            ${list.isLoading ? 'Reading …' : list.error !== undefined ? '' : list.next === undefined ? empty : 'Nothing was found so far.'}
          </p>`
        : html`<div class="list" aria-busy=${list.isLoading && list.isNew ? 'true' : 'false'}>${rows}</div>`
    }
    ${foot}
  `;
}
