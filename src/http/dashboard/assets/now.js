// The first screen: the ledger, what is wrong, the plots, the channels, the instances.
import { html, nothing } from './lit-html.js';
import { repeat } from './directives/repeat.js';
import { act } from './answers.js';
import { call } from './api.js';
import { app, changed } from './app.js';
import { channelTable } from './channels.js';
import { clockTime, countOf, number, percent, span } from './format.js';
import { ago, heading } from './parts.js';
import { plotsView, showPlots } from './plots.js';
import { to } from './router.js';
import { ledgerOf, troubles } from './trouble.js';

const DEAD_EVERY_MS = 10_000;
const MARKS = { error: ['✖', 'Error'], warning: ['▲', 'Warning'], paused: ['‖', 'Paused'] };
let dead;
let deadOf = { count: undefined, at: 0 };

export function show() {
  showPlots(app.route.query.range);
  readDead();
}

export function refresh() {
  showPlots(app.route.query.range);
  readDead();
}

/** The newest dead letter, when their number changed. */
export function readDead() {
  const count = app.stats?.counts.byState.dead;
  const isDue = count !== deadOf.count || (count > 0 && Date.now() - deadOf.at >= DEAD_EVERY_MS);
  if (count === undefined || !isDue || app.link === 'lost') return;
  deadOf = { count, at: Date.now() };
  if (count === 0) {
    dead = { open: 0 };
    return;
  }
  call('GET', 'dead?limit=1').then(
    ({ items, dismissed }) => {
      dead = { open: items.length === 0 ? 0 : Math.max(1, count - dismissed), newest: items[0], dismissed };
      changed();
    },
    () => undefined,
  );
}

/** Of what an operator is told, now; undefined while nothing is known. */
export function currentTroubles() {
  return app.stats === undefined ? undefined : troubles({ stats: app.stats, health: app.health, dead });
}

function part(id, name, value, note, href, kind = '') {
  return html`<div data-kind=${value === 0 ? 'zero' : kind} id="ledger-${id}">
    <dt>${name}</dt>
    <dd class="figure-value">${href === undefined ? number(value) : html`<a href=${href}>${number(value)}</a>`}</dd>
    <dd class="quiet">${note}</dd>
  </div>`;
}

function ledgerView(stats) {
  const ledger = ledgerOf(stats);
  const { windows, rates, channels } = stats;
  const list = (state) => to('deliveries', { state });
  const held = Object.entries(channels).filter(([, { paused, byState }]) => paused !== false && byState.queued > 0);
  const heldNote =
    held.length === 0
      ? `in ${countOf(stats.messages.queued, 'message')}`
      : `${number(held.reduce((sum, [, { byState }]) => sum + byState.queued, 0))} held by ${held.map(([name]) => name).join(', ')}`;
  const [attempts, failed] = ['attempts', 'failed'].map((field) =>
    Object.values(channels).reduce((sum, { lastMinute }) => sum + lastMinute[field], 0),
  );
  return html`<dl class="ledger" aria-label="Deliveries by state">
    ${part('accepted', 'Accepted', ledger.accepted, html`<span class=${ledger.addsUp ? 'good' : 'bad'}>${ledger.addsUp ? '✓ adds up' : '✖ does not add up'}</span> · ${number(rates.acceptedPerSecond, 1)}/s`, to('deliveries'))}
    ${part('gathering', 'Gathering', ledger.gathering, `in ${countOf(windows.open, 'window')}`, to('windows'))}
    ${part('queued', 'Queued', ledger.queued, heldNote, list('queued'), held.length > 0 ? 'warning' : '')}
    ${part('sending', 'Sending', ledger.sending, `in ${countOf(stats.messages.sending, 'message')}`, list('sending'))}
    ${part('delivered', 'Delivered', ledger.delivered, `+${number(attempts - failed)} last min`, list('delivered'))}
    ${part('dead', 'Dead', ledger.dead, dead?.dismissed > 0 ? `${number(dead.dismissed)} dismissed` : 'gave up', to('dead'), (dead?.open ?? ledger.dead) > 0 ? 'error' : '')}
    ${part('other', 'Cancelled · expired · replaced', ledger.other, html`<a href=${list('cancelled')}>${number(ledger.cancelled)}</a> · <a href=${list('expired')}>${number(ledger.expired)}</a> · <a href=${list('replaced')}>${number(ledger.replaced)}</a>`)}
  </dl>`;
}

function actionView({ label, href, resume }) {
  if (href !== undefined) return html`<a class="button" href=${href}>${label}</a>`;
  const work = () => call('POST', `channels/${encodeURIComponent(resume)}/resume`);
  return html`<button type="button" ?disabled=${app.link === 'lost'} @click=${() => act(work, () => `${resume} goes on.`)}>
    ${label}
  </button>`;
}

function troubleView({ key, level, text, detail, since, isLast, advice, actions }) {
  const [mark, word] = MARKS[level];
  return html`<li data-level=${level} data-trouble=${key}>
    <span class="level"><span aria-hidden="true">${mark}</span> ${word}</span>
    <span class="what">
      <span>${text}</span>
      ${detail === undefined ? nothing : html`<span class="quiet said">“${detail}”</span>`}
      ${advice === undefined ? nothing : html`<span class="advice">${advice}</span>`}
    </span>
    <span class="since">
      ${
        since === undefined
          ? nothing
          : isLast
            ? html`last ${ago(since)}`
            : html`<time datetime=${since} title="since ${new Date(since).toLocaleString()}"
                >for ${span(app.now - Date.parse(since))}</time
              >`
      }
    </span>
    <span class="actions">${actions.map(actionView)}</span>
  </li>`;
}

function lookedAt() {
  const { stats, health } = app;
  if (health === undefined) return 'Health is asked for.';
  const { heapUsedBytes, heapLimitBytes } = health.memory;
  const age = span(app.now - health.at);
  return `Looked at ${age} ago: store, ${countOf(Object.keys(stats.channels).length, 'channel')}, due work, batches, attempts, limits, event loop, memory (${percent(heapUsedBytes, heapLimitBytes)} of the heap).`;
}

function troubleList(entries) {
  return html`<h3 class="hidden">What is wrong</h3>
    <ul class="troubles" id="troubles">
      ${
        entries.length === 0
          ? html`<li data-level="ok">
              <span class="level good"><span aria-hidden="true">✓</span> Nothing is wrong</span>
            </li>`
          : repeat(entries, ({ key }) => key, troubleView)
      }
    </ul>
    <p class="quiet">${lookedAt()}</p>`;
}

/** Of several instances one answers, now this one and then that one. */
function instancesView(instances) {
  if (instances.length < 2) return nothing;
  const self = instances.find((instance) => instance.self);
  return html`<h3>Instances</h3>
    <p class="quiet" id="instance">
      ${instances.length} instances share the store. The counts and the plots are of all; attempts, batches and connections are of
      ${self?.name ?? 'the one that answers'}.
    </p>
    <div class="table" tabindex="0" role="region" aria-label="Table of instances">
      <table class="rows">
        <thead>
          <tr>
            <th scope="col">Instance</th>
            <th scope="col">Version</th>
            <th scope="col">Sends on</th>
            <th scope="col">Started</th>
            <th scope="col">Last heartbeat</th>
          </tr>
        </thead>
        <tbody>
          ${repeat(
            instances,
            ({ name }) => name,
            (one) =>
              html`<tr>
                <th scope="row">${one.name}${one.self ? ' (answers)' : ''}</th>
                <td>${one.version}</td>
                <td>${one.channels.length === 0 ? 'nothing: it only accepts' : one.channels.join(', ')}</td>
                <td>${ago(one.startedAt)}</td>
                <td>${ago(one.heartbeatAt)}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`;
}

function emptyView() {
  const base = new URL('.', location.href).href.replace(/\/$/, '');
  return html`<p id="empty">
    Nothing was accepted yet. Send a first one (with <code class="word">-H 'Authorization: Bearer …'</code> where a token is set):
    <code
      >curl ${base} -H 'Content-Type: application/json' -d
      '{"type":"alert","channel":"email","to":"ann@example.com","title":"Hello"}'</code
    >
  </p>`;
}

export function view() {
  const { stats } = app;
  if (stats === undefined)
    return html`<section aria-labelledby="title">
      ${heading('Now')}
      <p class="quiet">Reading …</p>
    </section>`;
  const self = stats.instances.find((instance) => instance.self);
  return html`<section id="now" aria-labelledby="title">
    <h2 id="title" class="hidden" tabindex="-1">Now</h2>
    <div class="figures" data-stale=${app.link === 'lost'}>
      ${stats.counts.accepted === 0 ? emptyView() : nothing} ${ledgerView(stats)} ${troubleList(currentTroubles())}
    </div>
    ${plotsView(app.route)}
    <h3>Channels</h3>
    ${channelTable(stats.channels)} ${instancesView(stats.instances)}
    <footer class="quiet">
      nestjs-digest ${self?.version ?? ''} · up ${span(stats.uptimeMs)} · store: ${app.health?.store.detail ?? '…'} · figures as
      of ${clockTime(app.statsAt)}${app.link === 'lost' ? ` (${span(app.now - app.statsAt)} ago)` : ''}
    </footer>
  </section>`;
}
