// One message, or one delivery with its message: what happened to it, what is in it, and what it looks like.
import { html, nothing } from './lit-html.js';
import { act } from './answers.js';
import { call } from './api.js';
import { app, changed } from './app.js';
import { deliveryTable } from './deliveries.js';
import { number, span } from './format.js';
import { formsView } from './forms.js';
import { addressLink, heading, stateView } from './parts.js';
import { ADVICE } from './reasons.js';
import { to } from './router.js';
import { timeLine, timeLineView } from './time-line.js';

let shown;
let turn = 0;

/** @returns what is shown of a delivery or message: `{ delivery?, message?, error? }` */
async function read(section, id) {
  const delivery = section === 'deliveries' ? await call('GET', `deliveries/${encodeURIComponent(id)}`) : undefined;
  const message = await call('GET', `messages/${encodeURIComponent(delivery?.messageId ?? id)}`);
  return { delivery, message };
}

export async function refresh() {
  const { section, id } = app.route;
  if (id === undefined || app.link === 'lost') return;
  const mine = ++turn;
  try {
    const found = await read(section, id);
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

export function ruleText({ mode, windowMs, maxCount, minCount, leadingCount, schedule, groupBy, similarity }) {
  const closes =
    schedule === undefined ? `${mode} window of ${span(windowMs)}` : `closes by “${schedule.cron}” ${schedule.timeZone}`;
  return [
    closes,
    `at most ${number(maxCount)}`,
    minCount > 1 ? `a digest from ${minCount}` : undefined,
    leadingCount > 0 ? `the first ${leadingCount} at once` : undefined,
    groupBy === 'type' || groupBy === undefined ? undefined : `by ${groupBy}`,
    similarity === undefined ? undefined : `similarity ${similarity}`,
  ]
    .filter((part) => part !== undefined)
    .join(', ');
}

async function doIt(work, done) {
  if (await act(work, done)) await refresh();
}

function deliveryActions({ id, state, title, lastError, reason }) {
  const off = app.link === 'lost';
  const advice = state === 'dead' ? ADVICE[reason ?? lastError?.reason] : undefined;
  return html`${advice === undefined ? nothing : html`<p class="advice">${advice}</p>`}
  ${
    state === 'gathering' || state === 'queued'
      ? html`<button
          type="button"
          class="danger"
          ?disabled=${off}
          aria-label="Cancel ${title}"
          @click=${() =>
            doIt(
              () => call('DELETE', `deliveries/${encodeURIComponent(id)}`),
              () => `${id} is cancelled.`,
            )}
        >
          Cancel
        </button>`
      : nothing
  }
  ${
    state === 'dead'
      ? html`<button
            type="button"
            ?disabled=${off}
            @click=${() =>
              doIt(
                () => call('POST', 'dead/replay', { ids: [id] }),
                ({ replayed }) => `${number(replayed)} put back in the queue.`,
              )}
          >
            Send again
          </button>
          <button
            type="button"
            ?disabled=${off}
            @click=${() =>
              doIt(
                () => call('POST', 'dead/dismiss', { ids: [id] }),
                ({ dismissed }) => `${number(dismissed)} dismissed.`,
              )}
          >
            Dismiss
          </button>`
      : nothing
  }`;
}

function facts({ delivery, message }) {
  const { rule, count, attemptCount } = message;
  const rows = [
    ['State', stateView(delivery?.state ?? message.state)],
    ['To', html`${message.channel} · ${addressLink(message.channel, message.address)}`],
    ['Type', html`${message.type}${delivery === undefined ? '' : ` · ${delivery.priority}`}`],
    ['Attempts', number(attemptCount)],
    ['Rule', rule === undefined ? undefined : ruleText(rule)],
    delivery === undefined
      ? ['Deliveries', number(count)]
      : [
          'Message',
          html`<a href=${to('messages', {}, message.messageId)}>${message.messageId}</a>,
            ${count === 1 ? 'alone' : `with ${number(count - 1)} more`}`,
        ],
    ['Id', html`<code>${delivery?.id ?? message.messageId}</code>`],
    ['Notification', delivery === undefined ? undefined : html`<code>${delivery.notificationId}</code>`],
  ];
  return html`<dl class="facts">
    ${rows
      .filter(([, value]) => value !== undefined)
      .map(
        ([name, value]) =>
          html`<dt>${name}</dt>
            <dd>${value}</dd>`,
      )}
  </dl>`;
}

function messageActions({ messageId, state, count }) {
  if (state !== 'gathering') return nothing;
  return html`<button
    type="button"
    class="primary"
    ?disabled=${app.link === 'lost'}
    @click=${() =>
      doIt(
        () => call('POST', `windows/${encodeURIComponent(messageId)}/flush`),
        () => `Sent on: ${number(count)}.`,
      )}
  >
    Send now
  </button>`;
}

function otherDeliveries({ deliveries, count }) {
  const rows = deliveries.slice(0, 100).map((item) => ({ key: item.id, item }));
  return html`<h3>Deliveries in this message</h3>
    ${count > rows.length ? html`<p class="quiet">${number(rows.length)} of ${number(count)} are shown.</p>` : nothing}
    ${deliveryTable(rows, 'message-deliveries')}`;
}

export function view() {
  const { section, id } = app.route;
  const { delivery, message, error } = shown ?? {};
  const title = delivery?.title ?? (message === undefined ? id : `${message.type} for ${message.address}`);
  const alone = delivery !== undefined && message?.count === 1;
  return html`<section aria-labelledby="title">
    <p>
      <a href=${to(section === 'messages' ? 'windows' : 'deliveries')}>← ${section === 'messages' ? 'Windows' : 'Deliveries'}</a>
    </p>
    ${heading(title)} ${error === undefined ? nothing : html`<p class="bad" role="alert">It could not be found: ${error}</p>`}
    ${
      message === undefined
        ? html`<p class="quiet">${error === undefined ? 'Reading …' : ''}</p>`
        : html`<div class="detail">
              <div class="panel">
                ${facts({ delivery, message })}
                <div class="actions">${delivery === undefined ? messageActions(message) : deliveryActions(delivery)}</div>
                <h3>What happened</h3>
                ${timeLineView(timeLine({ delivery, message }))}
              </div>
              <div class="panel">${formsView(message, app.route)}</div>
            </div>
            ${alone ? nothing : otherDeliveries(message)}`
    }
  </section>`;
}
