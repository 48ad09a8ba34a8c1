// Everything that is shown is set as text by the view library: nothing of a notification ever becomes markup.
import { html, nothing, render } from './lit-html.js';
import { answerView, say, unsay } from './answers.js';
import { app, changed, onDraw, whileSeen } from './app.js';
import * as channels from './channels.js';
import * as dead from './dead.js';
import * as deliveries from './deliveries.js';
import { number } from './format.js';
import * as message from './message.js';
import * as now from './now.js';
import * as recipient from './recipient.js';
import { go, parseHash, to } from './router.js';
import * as rules from './rules.js';
import * as windows from './windows.js';

const REFRESH_MS = 5_000;
const RETRY_MS = 3_000;
const LINKS = { waiting: 'connecting', live: 'live', lost: 'the connection is lost; trying again' };
const hasMailbox = document.documentElement.dataset.mailbox === 'true';

function sectionOf({ section, id }) {
  switch (section) {
    case 'deliveries':
      return id === undefined ? deliveries : message;
    case 'messages':
      return message;
    case 'windows':
      return windows;
    case 'dead':
      return dead;
    case 'recipients':
      return recipient;
    case 'channels':
      return channels;
    case 'rules':
      return rules;
    default:
      return now;
  }
}

function find(event) {
  event.preventDefault();
  const text = new FormData(event.currentTarget).get('find').trim();
  if (/^d-/.test(text)) go('deliveries', {}, text);
  else if (/^m-/.test(text)) go('messages', {}, text);
  else if (/^user:./.test(text)) go('recipients', {}, text.slice('user:'.length));
  else if (text !== '') go('deliveries', { address: text });
}

function headerView() {
  const { section } = app.route;
  const tab = (name, label, count, kind) =>
    html`<a href=${to(name)} aria-current=${section === name ? 'page' : 'false'}
      >${label}${count === undefined || count === 0 ? nothing : html` <span class="count" data-kind=${kind}>${number(count)}</span>`}</a
    >`;
  return html`<header>
    <h1><a href="#/now">Notifications</a></h1>
    <nav aria-label="Sections" class="sections">
      ${tab('now', 'Now')} ${tab('deliveries', 'Deliveries')} ${tab('windows', 'Windows', app.stats?.windows.open)}
      ${tab('dead', 'Dead letters', app.stats?.counts.byState.dead, 'error')} ${tab('recipients', 'Recipients')}
      ${tab('rules', 'Rules')} ${hasMailbox ? html`<a href="mailbox">Mailbox</a>` : nothing}
    </nav>
    <form id="find" role="search" aria-label="By id or address" @submit=${find}>
      <input name="find" type="search" maxlength="2048" aria-label="Id or address" placeholder="Id or address  ( / )" />
    </form>
    <p id="link" role="status" data-state=${app.link}>${LINKS[app.link]}</p>
  </header>`;
}

/** The tab of the browser says how much is wrong. */
function showTitle() {
  const bad = (now.currentTroubles() ?? []).filter(({ level }) => level !== 'paused');
  const title = bad.length === 0 ? 'Notifications' : `(${bad.length}) Notifications`;
  if (document.title === title) return;
  document.title = title;
  const icon = bad.length === 0 ? '%231d4ed8' : '%23b3261e';
  document.querySelector('link[rel=icon]').href =
    `data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'><circle cx='8' cy='8' r='7' fill='${icon}'/></svg>`;
}

onDraw(() => {
  render(
    html`${headerView()} ${answerView()}
      <main id="main" tabindex="-1">${sectionOf(app.route).view()}</main>`,
    document.getElementById('page'),
  );
  showTitle();
});

/** A new section starts at its top, with the focus on its heading; another part of the same one leaves both. */
function navigate() {
  const before = app.route;
  app.route = parseHash(location.hash);
  const section = sectionOf(app.route);
  const isOther = section !== sectionOf(before) || app.route.id !== before.id;
  if (isOther) sectionOf(before).leave?.();
  section.show?.();
  changed();
  if (!isOther) return;
  queueMicrotask(() => {
    scrollTo(0, 0);
    document.getElementById('title')?.focus({ preventScroll: true });
  });
}

function refresh() {
  void sectionOf(app.route).refresh?.();
}

function link(state) {
  if (app.link === state) return;
  const isBack = app.link === 'lost' && state === 'live';
  app.link = state;
  if (isBack) unsay();
  if (state === 'live') refresh();
  changed();
}

function listen() {
  const source = new EventSource('dashboard/live');
  source.addEventListener('open', () => link('live'));
  source.addEventListener('stats', ({ data }) => {
    app.stats = JSON.parse(data);
    app.statsAt = Date.now();
    if (app.route.section === 'now') now.refresh();
    else now.readDead();
    changed();
  });
  source.addEventListener('health', ({ data }) => {
    app.health = JSON.parse(data);
    changed();
  });
  source.addEventListener('error', () => {
    link('lost');
    if (source.readyState === EventSource.CLOSED) setTimeout(listen, RETRY_MS);
  });
}

addEventListener('hashchange', navigate);
addEventListener('keydown', (event) => {
  if (event.key !== '/' || event.target.closest('input, select, textarea') !== null) return;
  event.preventDefault();
  document.querySelector('#find input').focus();
});
document.querySelector('.skip').addEventListener('click', (event) => {
  event.preventDefault();
  document.getElementById('main').focus();
});
addEventListener('error', ({ message: text }) => say(`The page failed: ${text}`, 'bad'));
whileSeen(1_000, () => {
  app.now = Date.now();
  changed();
});
whileSeen(REFRESH_MS, refresh);
app.route = parseHash(location.hash);
sectionOf(app.route).show?.();
changed();
listen();
