// The channels: whether each sends, and one of them in detail.
import { html, nothing } from './lit-html.js';
import { repeat } from './directives/repeat.js';
import { act } from './answers.js';
import { call } from './api.js';
import { app, changed } from './app.js';
import { countOf, duration, number, percent } from './format.js';
import { addressLink, ago, heading } from './parts.js';
import { to } from './router.js';

const STATES = {
  ok: ['●', 'ok', 'good'],
  degraded: ['▲', 'degraded', 'warn'],
  paused_by_operator: ['‖', 'paused by hand', 'warn'],
  paused_by_failure: ['✖', 'paused by failure', 'bad'],
};

function stateOf({ state, lastMinute: { attempts, failed } }) {
  const [mark, word, kind] = STATES[state];
  const rate = state !== 'degraded' ? '' : attempts === 0 ? ': the last attempt failed' : `: ${percent(failed, attempts)} fail`;
  return html`<span class=${kind}><span aria-hidden="true">${mark}</span> ${word}${rate}</span>`;
}

function pauseButton(name, { paused }) {
  const isHeld = paused !== false;
  const work = () => call('POST', `channels/${encodeURIComponent(name)}/${isHeld ? 'resume' : 'pause'}`);
  const done = () => `${name} ${isHeld ? 'goes on' : 'is paused: what is accepted waits'}.`;
  return html`<button
    type="button"
    ?disabled=${app.link === 'lost'}
    aria-label="${isHeld ? 'Resume' : 'Pause'} ${name}"
    @click=${() => act(work, done)}
  >
    ${isHeld ? 'Resume' : 'Pause'}
  </button>`;
}

function connections({ pool, inFlight }) {
  return pool === undefined ? `${countOf(inFlight, 'batch', 'batches')} in flight` : `${pool.inUse} of ${pool.size} in use`;
}

export function channelTable(channels) {
  return html`<div class="table" tabindex="0" role="region" aria-label="Table of channels">
    <table class="rows" id="channels">
      <thead>
        <tr>
          <th scope="col">Channel</th>
          <th scope="col">State</th>
          <th scope="col" class="figure">Gathering</th>
          <th scope="col" class="figure">Waiting</th>
          <th scope="col" class="figure">Taken/min</th>
          <th scope="col" class="figure">Failed/min</th>
          <th scope="col" class="figure">Batch p95</th>
          <th scope="col">Connections</th>
          <th scope="col"><span class="hidden">Action</span></th>
        </tr>
      </thead>
      <tbody>
        ${repeat(
          Object.entries(channels),
          ([name]) => name,
          ([name, channel]) =>
            html`<tr data-channel=${name}>
              <th scope="row"><a href=${to('channels', {}, name)}>${name}</a></th>
              <td class="wide">${stateOf(channel)}</td>
              <td class="figure" data-label="Gathering">${number(channel.byState.gathering)}</td>
              <td class="figure" data-label="Waiting">${number(channel.byState.queued + channel.byState.sending)}</td>
              <td class="figure" data-label="Taken/min">${number(channel.lastMinute.attempts - channel.lastMinute.failed)}</td>
              <td class="figure ${channel.lastMinute.failed > 0 ? 'bad' : ''}" data-label="Failed/min">
                ${number(channel.lastMinute.failed)}
              </td>
              <td class="figure" data-label="Batch p95">${duration(channel.batches.time.p95)}</td>
              <td>${connections(channel)}</td>
              <td class="actions">${pauseButton(name, channel)}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

let busiest;

export function show() {
  const { id } = app.route;
  busiest = undefined;
  if (id === undefined) return;
  call('GET', `stats/addresses?${new URLSearchParams({ channel: id, limit: '10' })}`).then(
    ({ items }) => {
      if (app.route.id !== id) return;
      busiest = items;
      changed();
    },
    () => undefined,
  );
}

export function leave() {
  busiest = undefined;
}

function counts(title, entries, note) {
  const rows = entries.filter(([, count]) => count > 0);
  return html`<div class="panel">
    <h3>${title}</h3>
    <p class="quiet">${note}</p>
    ${
      rows.length === 0
        ? html`<p>nothing yet</p>`
        : html`<dl class="facts">
            ${rows.map(
              ([name, count, href]) =>
                html`<dt>${href === undefined ? name : html`<a href=${href}>${name}</a>`}</dt>
                  <dd>${number(count)}</dd>`,
            )}
          </dl>`
    }
  </div>`;
}

function busiestView(channel) {
  return html`<div class="panel">
    <h3>Busiest addresses</h3>
    ${
      busiest === undefined
        ? html`<p class="quiet">Counting …</p>`
        : busiest.length === 0
          ? html`<p>none yet</p>`
          : html`<dl class="facts">
              ${busiest.map(
                ({ address, deliveries, pending, lastActivityAt }) =>
                  html`<dt>${addressLink(channel, address)}</dt>
                    <dd>
                      ${countOf(deliveries, 'delivery', 'deliveries')}, ${number(pending)} pending, last ${ago(lastActivityAt)}
                    </dd>`,
              )}
            </dl>`
    }
  </div>`;
}

function detail(name, channel) {
  const {
    paused,
    lastFailure,
    batchSize,
    batchSizeReason,
    maxInFlight,
    batches,
    breaker,
    openEndpoints,
    outcomes,
    reasons,
    byState,
  } = channel;
  const facts = [
    ['State', stateOf(channel)],
    ['Paused', paused === false ? undefined : html`${paused.detail}, since ${ago(paused.since)}`],
    ['Circuit breaker', breaker],
    ['Last failure', lastFailure === undefined ? 'none since the start' : html`${lastFailure.reason}, ${ago(lastFailure.at)}`],
    ['Connections', connections(channel)],
    [
      'Batches',
      `${number(batches.count)}, ${number(batches.averageSize, 1)} messages on average; at most ${number(maxInFlight)} at once`,
    ],
    ['Next batch', `at most ${countOf(batchSize, 'message')}: ${batchSizeReason}`],
    [
      'Time of a batch',
      `p50 ${duration(batches.time.p50)}, p95 ${duration(batches.time.p95)}, p99 ${duration(batches.time.p99)}`,
    ],
  ];
  return html`<p class="actions">${pauseButton(name, channel)}</p>
    <div class="detail">
      <div class="panel">
        <dl class="facts">
          ${facts
            .filter(([, value]) => value !== undefined)
            .map(
              ([label, value]) =>
                html`<dt>${label}</dt>
                  <dd>${value}</dd>`,
            )}
        </dl>
        ${
          openEndpoints.length === 0
            ? nothing
            : html`<h3>Receivers that are given a rest</h3>
                <ul>
                  ${openEndpoints.map(({ endpoint, detail: why }) => html`<li>${endpoint}: ${why}</li>`)}
                </ul>`
        }
      </div>
      ${counts(
        'Deliveries by state',
        Object.entries(byState).map(([state, count]) => [state, count, to('deliveries', { channel: name, state })]),
        'In the store.',
      )}
      ${counts('Attempts by outcome', Object.entries(outcomes), 'Deliveries, since this process started. Attempts that were released consume none: the channel was at fault.')}
      ${counts('Failed attempts by reason', Object.entries(reasons), 'Deliveries, since this process started.')}
      ${busiestView(name)}
    </div>`;
}

export function view() {
  const { id } = app.route;
  const channel = app.stats?.channels[id];
  return html`<section aria-labelledby="title">
    <p><a href=${to('now')}>← Now</a></p>
    ${heading(`Channel ${id ?? ''}`)}
    ${channel === undefined ? html`<p class="quiet">${app.stats === undefined ? 'Reading …' : 'There is no such channel.'}</p>` : detail(id, channel)}
  </section>`;
}
