// Everything that is shown is set as text: nothing of a notification ever becomes markup.
import uPlot from './uplot.js';

const byId = (id) => document.getElementById(id);
const HEALTH_EVERY_MS = 15_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const CHUNK = 100;

/** An element with text or elements in it. */
function make(tag, attributes = {}, ...content) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (value !== undefined) element.setAttribute(name, value);
  }
  element.append(...content.filter((part) => part !== undefined && part !== ''));
  return element;
}

function say(text, kind = 'good') {
  const answer = byId('answer');
  answer.dataset.kind = kind;
  answer.textContent = text;
  answer.hidden = false;
}

async function call(method, path, body) {
  const response = await fetch(path, {
    method,
    headers: body === undefined ? {} : { 'Content-Type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const problem = response.ok ? undefined : await response.json().catch(() => ({}));
  if (response.status === 401)
    throw new Error('The API token is missing or wrong: load the page again and give it as the password.');
  if (problem !== undefined) throw new Error(problem.detail ?? problem.title ?? `the server answered ${response.status}`);
  return response.json();
}

/** Does what a button says and tells how it went. */
async function act(work, done) {
  try {
    const result = await work();
    say(done(result));
  } catch (error) {
    say(`That did not work: ${error.message}`, 'bad');
  }
}

function ask(text, yes) {
  const dialog = byId('ask');
  byId('ask-text').textContent = text;
  byId('ask-yes').textContent = yes;
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => resolve(dialog.returnValue === 'yes'), { once: true });
  });
}

const number = (value, digits = 0) => (value ?? 0).toLocaleString(undefined, { maximumFractionDigits: digits });
const time = (iso) => new Date(iso).toLocaleString();
const ms = (value) => (value === undefined ? '–' : value < 1_000 ? `${Math.round(value)} ms` : `${number(value / 1_000, 1)} s`);

function span(milliseconds) {
  const seconds = Math.max(0, Math.round(milliseconds / 1_000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return `${Math.round(seconds / 60)} min`;
  return `${number(seconds / 3_600, 1)} h`;
}

/** `channel=email&q=…`, without what is empty. */
function query(form, more = {}) {
  const fields = [...new FormData(form).entries(), ...Object.entries(more)];
  return new URLSearchParams(fields.filter(([, value]) => value !== '' && value !== undefined)).toString();
}

// Now

const plots = new Map();

/** @param spanGaps draws the line on over steps without a value */
function plot(id, values, spanGaps = false) {
  const host = byId(id);
  const data = [values.map((_, index) => index), values.map((value) => value ?? null)];
  if (plots.has(id)) {
    plots.get(id).setData(data);
    return;
  }
  const stroke = getComputedStyle(document.documentElement).colorScheme === 'dark' ? '#93b4ff' : '#3b6fd6';
  const options = {
    width: Math.max(120, host.clientWidth),
    height: 56,
    cursor: { show: false },
    legend: { show: false },
    axes: [{ show: false }, { show: false }],
    scales: { x: { time: false }, y: { range: (_, __, most) => [0, Math.max(1, most)] } },
    series: [{}, { stroke, width: 2, points: { show: false }, spanGaps }],
  };
  plots.set(id, new uPlot(options, data, host));
}

async function showHistory() {
  const to = Date.now();
  const { items } = await call('GET', `stats/history?from=${to - HOUR_MS}&to=${to}&stepMs=${MINUTE_MS}`);
  plot(
    'plot-accepted',
    items.map(({ accepted }) => accepted),
  );
  plot(
    'plot-delivered',
    items.map(({ delivered }) => delivered),
  );
  plot(
    'plot-pending',
    items.map(({ averagePending }) => averagePending),
  );
  plot(
    'plot-windows',
    items.map(({ averageOldestWindowMs: oldestMs }) => (oldestMs === undefined ? undefined : oldestMs / 1_000)),
  );
  plot(
    'plot-reduction',
    items.map(({ reduction }) => (reduction === undefined ? undefined : reduction * 100)),
    true,
  );
}

/** What is unhealthy, and what is near a limit. */
async function showHealth() {
  const { shuttingDown, channels, ...parts } = await (await fetch('health')).json();
  const entries = [...Object.entries(parts), ...Object.entries(channels).map(([name, entry]) => [`channel ${name}`, entry])];
  // The status of the whole is no part of it: it has no detail.
  const bad = entries.filter(([, entry]) => entry.detail !== undefined && entry.status !== 'ok');
  const items = bad.map(([name, entry]) =>
    make('li', { class: entry.status === 'error' ? 'bad' : '' }, `${name}: ${entry.detail}`),
  );
  if (shuttingDown) items.unshift(make('li', { class: 'bad' }, 'the process is stopping'));
  byId('health').replaceChildren(...(items.length === 0 ? [make('li', { class: 'good' }, 'everything is healthy')] : items));
}

function showStatistics(stats) {
  const { counts, windows, aggregation, rates } = stats;
  byId('figure-accepted').textContent = `${number(rates.acceptedPerSecond, 1)}/s`;
  byId('figure-delivered').textContent = `${number(rates.deliveredPerSecond, 1)}/s`;
  byId('figure-pending').textContent = number(counts.pending);
  byId('figure-oldest').textContent = windows.oldestAgeMs === undefined ? 'none' : span(windows.oldestAgeMs);
  byId('figure-reduction').textContent = `${number(aggregation.reduction * 100)} %`;
  byId('empty').hidden = counts.accepted > 0;
  showInstance(stats.instances);
  showChannels(stats.channels);
}

/** Of several instances one answers, now this one and then that one. */
function showInstance(instances) {
  const self = instances.find((instance) => instance.self);
  byId('instance').hidden = instances.length < 2;
  byId('instance').textContent =
    `${instances.length} instances share the store. Pending, windows and the plots are of all; ` +
    `the other figures are of ${self?.name ?? 'the one that answers'}.`;
}

// Channels

function showChannels(channels) {
  const rows = Object.entries(channels).map(([name, channel]) => {
    const { paused, pool, batches, outcomes, reasons, inFlight, batchSize, batchSizeReason, breaker } = channel;
    const held = paused !== false && paused !== undefined;
    const why = typeof paused === 'object' ? (paused.detail ?? '') : '';
    const state = held
      ? `paused${why === '' ? '' : `: ${why}`}`
      : breaker === undefined || breaker === 'closed'
        ? 'ok'
        : `breaker ${breaker}`;
    const said = [...Object.entries(outcomes), ...Object.entries(reasons)].map(([what, count]) => `${what} ${number(count)}`);
    const button = make(
      'button',
      {
        type: 'button',
        'aria-label': `${held ? 'Resume' : 'Pause'} ${name}`,
        onclick: () =>
          act(
            () => call('POST', `channels/${encodeURIComponent(name)}/${held ? 'resume' : 'pause'}`),
            () => `${name} ${held ? 'goes on' : 'is paused: what is accepted waits'}.`,
          ).then(refresh),
      },
      held ? 'Resume' : 'Pause',
    );
    return make(
      'tr',
      { 'data-channel': name },
      make('th', { scope: 'row' }, name),
      make('td', { class: state === 'ok' ? 'good' : 'bad' }, state),
      make('td', {}, pool === undefined ? `${inFlight} in flight` : `${pool.inUse} in use, ${pool.idle} idle of ${pool.size}`),
      make('td', {}, `at most ${batchSize}: ${batchSizeReason} (average ${number(batches.averageSize, 1)})`),
      make('td', {}, `${ms(batches.time.p50)} / ${ms(batches.time.p95)} / ${ms(batches.time.p99)}`),
      make('td', {}, said.length === 0 ? 'nothing yet' : said.join(', ')),
      make('td', {}, button),
    );
  });
  // A button that has the focus keeps it over the new rows.
  const focused = document.activeElement?.closest('tr[data-channel]')?.dataset.channel;
  byId('channel-rows').replaceChildren(...rows);
  if (focused !== undefined)
    byId('channel-rows')
      .querySelector(`[data-channel="${CSS.escape(focused)}"] button`)
      ?.focus();
}

// Windows

function bar(label, value, most) {
  return make('label', {}, label, make('progress', { max: String(Math.max(1, most)), value: String(Math.min(value, most)) }));
}

function windowCard(open) {
  const now = Date.now();
  const left = Date.parse(open.dueAt) - now;
  const whole = Date.parse(open.dueAt) - Date.parse(open.openedAt);
  const titles = open.items.slice(0, 5).map(({ title }) => make('li', {}, title));
  const more = open.count - titles.length;
  return make(
    'li',
    { 'data-message': open.messageId },
    make('h3', {}, `${open.type} for ${open.address}`),
    make(
      'p',
      { class: 'quiet' },
      `${open.channel} · opened ${time(open.openedAt)}${open.groupKey === undefined ? '' : ` · ${open.groupKey}`}`,
    ),
    make(
      'p',
      { class: 'bars' },
      bar(`${open.count} of ${open.maxCount}`, open.count, open.maxCount),
      bar(`${span(left)} left`, whole - left, whole),
    ),
    make('ol', {}, ...titles),
    more > 0 ? make('p', { class: 'quiet' }, `and ${more} more`) : undefined,
    make(
      'button',
      {
        type: 'button',
        'aria-label': `Send now: ${open.type} for ${open.address}`,
        onclick: () =>
          act(
            () => call('POST', `windows/${encodeURIComponent(open.messageId)}/flush`),
            () => `Sent on: ${open.count} for ${open.address}.`,
          ).then(showWindows),
      },
      'Send now',
    ),
  );
}

let windowCursor;

async function showWindows(more = false) {
  const form = byId('window-filter');
  try {
    const page = await call('GET', `windows?${query(form, { limit: '20', cursor: more === true ? windowCursor : undefined })}`);
    const cards = page.items.map(windowCard);
    if (more === true) byId('window-rows').append(...cards);
    else byId('window-rows').replaceChildren(...cards);
    windowCursor = page.next;
    byId('window-more').hidden = windowCursor === undefined;
    byId('window-note').textContent = cards.length === 0 && more !== true ? 'No open window matches.' : '';
  } catch (error) {
    say(`The windows could not be shown: ${error.message}`, 'bad');
  }
}

byId('window-filter').addEventListener('submit', (event) => {
  event.preventDefault();
  void showWindows();
});
byId('window-more').addEventListener('click', () => void showWindows(true));
byId('flush-all').addEventListener('click', async () => {
  const { q, ...filter } = Object.fromEntries(
    [...new FormData(byId('window-filter')).entries()].filter(([, value]) => value !== ''),
  );
  const matching = Object.entries(filter).map(([name, value]) => `${name} ${value}`);
  if (q !== undefined) {
    say('A title cannot be used to send all; narrow by channel, type or address.', 'bad');
    return;
  }
  const what = matching.length === 0 ? 'all open windows' : `all open windows of ${matching.join(', ')}`;
  if (!(await ask(`Send ${what} now?`, 'Send them'))) return;
  await act(
    () => call('POST', 'flush', filter),
    ({ flushed }) => `${number(flushed)} windows were sent on.`,
  );
  await showWindows();
});

// Deliveries

function deliveryCard(delivery, extra = []) {
  const { id, title, type, channel, to, state, route, attempts, createdAt, updatedAt, deliveredAt, errors = [] } = delivery;
  const line = [
    make('li', {}, `${time(createdAt)}: accepted, ${route}`),
    attempts > 0 ? make('li', {}, `tried ${attempts === 1 ? 'once' : `${attempts} times`}`) : undefined,
    ...errors.map(({ at, reason, message }) => make('li', { class: 'bad' }, `${time(at)}: ${reason}: ${message}`)),
    make(
      'li',
      {},
      `${time(deliveredAt ?? updatedAt)}: ${state}${delivery.reason === undefined || delivery.reason === state ? '' : ` (${delivery.reason})`}`,
    ),
  ];
  const cancel =
    state === 'gathering' || state === 'queued'
      ? make(
          'button',
          {
            type: 'button',
            'aria-label': `Cancel ${title}`,
            onclick: () =>
              act(
                () => call('DELETE', `deliveries/${encodeURIComponent(id)}`),
                () => `${id} is cancelled.`,
              ).then(findDeliveries),
          },
          'Cancel',
        )
      : undefined;
  return make(
    'li',
    { 'data-delivery': id },
    make('h3', {}, title),
    make('p', { class: 'quiet' }, `${type} · ${channel} · ${to} · ${id}`),
    make('ol', { 'aria-label': 'Time line' }, ...line),
    cancel,
    ...extra,
  );
}

async function findDeliveries() {
  const find = new FormData(byId('delivery-filter')).get('find')?.trim() ?? '';
  if (find === '') return;
  const note = byId('delivery-note');
  try {
    let found;
    if (/^d-/.test(find)) found = [await call('GET', `deliveries/${encodeURIComponent(find)}`)];
    else found = (await call('GET', `deliveries?${new URLSearchParams({ address: find, limit: '50' })}`)).items;
    byId('delivery-rows').replaceChildren(...found.map((delivery) => deliveryCard(delivery)));
    note.textContent = found.length === 0 ? `Nothing is known of ${find}.` : `${found.length} found.`;
  } catch (error) {
    byId('delivery-rows').replaceChildren();
    note.textContent = '';
    say(`It could not be found: ${error.message}`, 'bad');
  }
}

byId('delivery-filter').addEventListener('submit', (event) => {
  event.preventDefault();
  void findDeliveries();
});

// Dead letters

let deadCursor;

async function showDead(more = false) {
  try {
    const form = byId('dead-filter');
    const page = await call('GET', `dead?${query(form, { limit: '20', cursor: more === true ? deadCursor : undefined })}`);
    const cards = page.items.map((delivery) =>
      deliveryCard(delivery, [
        make(
          'button',
          {
            type: 'button',
            'aria-label': `Send again: ${delivery.title}`,
            onclick: () =>
              act(
                () => call('POST', 'dead/replay', { ids: [delivery.id] }),
                ({ replayed }) => `${replayed} put back in the queue.`,
              ).then(showDead),
          },
          'Send again',
        ),
      ]),
    );
    if (more === true) byId('dead-rows').append(...cards);
    else byId('dead-rows').replaceChildren(...cards);
    deadCursor = page.next;
    byId('dead-more').hidden = deadCursor === undefined;
    byId('dead-note').textContent = cards.length === 0 && more !== true ? 'No dead letter matches.' : '';
    byId('reasons').replaceChildren(
      ...[...new Set(page.items.map(({ lastError }) => lastError?.reason ?? ''))].map((reason) =>
        make('option', { value: reason }),
      ),
    );
  } catch (error) {
    say(`The dead letters could not be shown: ${error.message}`, 'bad');
  }
}

/** In pieces, so that the bar moves and a stop half way is seen. */
async function replayAll() {
  const filter = query(byId('dead-filter'), { limit: String(CHUNK) });
  const ids = [];
  for (let cursor; ;) {
    const page = await call('GET', `dead?${filter}${cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`}`);
    ids.push(...page.items.map(({ id }) => id));
    cursor = page.next;
    if (cursor === undefined) break;
  }
  const progress = byId('replay-progress');
  const meter = progress.querySelector('progress');
  meter.max = Math.max(1, ids.length);
  meter.value = 0;
  progress.hidden = false;
  let replayed = 0;
  for (let from = 0; from < ids.length; from += CHUNK) {
    replayed += (await call('POST', 'dead/replay', { ids: ids.slice(from, from + CHUNK) })).replayed;
    meter.value = Math.min(from + CHUNK, ids.length);
  }
  return { replayed };
}

byId('dead-filter').addEventListener('submit', (event) => {
  event.preventDefault();
  void showDead();
});
byId('dead-more').addEventListener('click', () => void showDead(true));
byId('replay-all').addEventListener('click', async () => {
  if (!(await ask('Put all dead letters that match back in the queue?', 'Send them again'))) return;
  await act(replayAll, ({ replayed }) => `${number(replayed)} put back in the queue.`);
  await showDead();
});

// Live

async function refresh() {
  try {
    showStatistics(await call('GET', 'stats'));
  } catch (error) {
    say(`The figures could not be read: ${error.message}`, 'bad');
  }
}

function link(state, text) {
  const status = byId('link');
  if (status.dataset.state === state) return;
  status.dataset.state = state;
  status.textContent = text;
}

function listen() {
  const source = new EventSource('dashboard/live');
  source.addEventListener('open', () => {
    link('live', 'live');
    void showWindows();
    void showDead();
    void showHistory().catch(() => undefined);
    void showHealth().catch(() => undefined);
  });
  source.addEventListener('stats', ({ data }) => showStatistics(JSON.parse(data)));
  source.addEventListener('error', () => {
    link('lost', 'the connection is lost; trying again');
    if (source.readyState === EventSource.CLOSED) setTimeout(listen, 3_000);
  });
}

byId('example').textContent =
  `curl ${new URL('.', location.href).href.replace(/\/$/, '')} -H 'Content-Type: application/json' ` +
  `-d '{"type":"alert","channel":"email","to":"ann@example.com","title":"Hello"}'`;
async function showMailbox() {
  const { ok } = await fetch('mailbox', { method: 'HEAD' });
  byId('mailbox-link').hidden = !ok;
  byId('mailbox').hidden = !ok;
  if (ok) byId('mails').src = 'mailbox';
}
byId('mailbox-again').addEventListener('click', () => void showMailbox());
void showMailbox().catch(() => undefined);
void refresh();
void showHistory().catch(() => undefined);
setInterval(() => void showHistory().catch(() => undefined), MINUTE_MS);
setInterval(() => void showHealth().catch(() => undefined), HEALTH_EVERY_MS);
void showWindows();
void showDead();
listen();
