// Plots of the past: throughput, backlog, latency. Where nothing ran there is a gap.
import uPlot from './uplot.js';
import { html } from './lit-html.js';
import { call } from './api.js';
import { app, changed } from './app.js';
import { dateTime, number } from './format.js';
import { go, to } from './router.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Length and step of each range, ms. */
const RANGES = {
  '1h': [HOUR_MS, MINUTE_MS, 'last hour'],
  '6h': [6 * HOUR_MS, 5 * MINUTE_MS, 'last 6 hours'],
  '24h': [24 * HOUR_MS, 15 * MINUTE_MS, 'last 24 hours'],
  '7d': [7 * 24 * HOUR_MS, 2 * HOUR_MS, 'last 7 days'],
  '31d': [31 * 24 * HOUR_MS, 6 * HOUR_MS, 'last 31 days'],
};
const HEIGHT = 170;

/** What a variable of the style sheet is in the theme of now: only a property that is used tells it. */
const probe = document.createElement('span');
probe.hidden = true;
document.body.append(probe);
const color = (name) => () => {
  probe.style.color = `var(${name})`;
  return getComputedStyle(probe).color;
};
/** Readable at any size: 1 200 → 1.2 k. */
const short = (value) => (Math.abs(value) >= 1_000 ? `${number(value / 1_000, 1)} k` : number(value, value < 10 ? 1 : 0));

const PLOTS = [
  {
    id: 'throughput',
    title: 'Throughput, deliveries per minute',
    series: [
      ['accepted', '--plot-3', ({ accepted }, perMinute) => accepted * perMinute],
      ['delivered', '--plot-1', ({ delivered }, perMinute) => delivered * perMinute],
      ['failed attempts', '--plot-2', ({ retried, dead }, perMinute) => (retried + dead) * perMinute],
    ],
    say: (items, { sum }) =>
      `${number(sum('accepted'))} accepted, ${number(sum('delivered'))} delivered, ${number(sum('retried') + sum('dead'))} failed attempts`,
  },
  {
    id: 'backlog',
    title: 'Backlog, average of each step',
    series: [
      ['pending deliveries', '--plot-1', ({ averagePending }) => averagePending],
      ['open windows', '--plot-3', ({ averageOpenWindows }) => averageOpenWindows],
    ],
    say: (items, { most }) =>
      `at most ${number(most('averagePending'))} pending and ${number(most('averageOpenWindows'))} open windows`,
  },
  {
    id: 'latency',
    title: 'Latency from due to delivered, seconds',
    series: [
      ['p50', '--plot-1', ({ latency }) => (latency.p50 === undefined ? undefined : latency.p50 / 1_000)],
      ['p95', '--plot-2', ({ latency }) => (latency.p95 === undefined ? undefined : latency.p95 / 1_000)],
    ],
    say: (items) =>
      `95 of 100 within ${number(Math.max(0, ...items.map(({ latency }) => latency.p95 ?? 0)) / 1_000, 1)} s in each step`,
  },
].map((plot) => ({ ...plot, node: Object.assign(document.createElement('div'), { className: 'plot' }), chart: undefined }));

let shown = { range: undefined, items: [], at: 0, error: undefined };
let reading = false;

export const rangeOf = (range) => (RANGES[range] === undefined ? '1h' : range);

/** Reads the range again once a step is over; a minute at least. */
export function showPlots(asked) {
  const range = rangeOf(asked);
  const isFresh = shown.range === range && Date.now() - shown.at < MINUTE_MS;
  if (isFresh || reading || app.link === 'lost') return;
  reading = true;
  void read(range).finally(() => {
    reading = false;
    if (rangeOf(app.route.query.range) !== range && app.route.section === 'now') showPlots(app.route.query.range);
  });
}

async function read(range) {
  const [length, stepMs] = RANGES[range];
  const now = Date.now();
  // The step that is not over would look like a fall.
  const until = Math.floor(now / stepMs) * stepMs;
  try {
    const { items } = await call('GET', `stats/history?from=${until - length}&to=${until}&stepMs=${stepMs}`);
    shown = { range, items, at: now, stepMs, error: undefined };
  } catch (error) {
    shown = { ...shown, range, at: now, error: error.message };
  }
  for (const plot of PLOTS) draw(plot);
  changed();
}

function dataOf({ series }) {
  const { items, stepMs } = shown;
  const perMinute = MINUTE_MS / stepMs;
  const isDown = ({ averagePending }) => averagePending === undefined;
  return [
    items.map(({ at }) => Date.parse(at) / 1_000),
    ...series.map(([, , value]) => items.map((item) => (isDown(item) ? null : (value(item, perMinute) ?? null)))),
  ];
}

function draw(plot) {
  const data = dataOf(plot);
  if (plot.chart !== undefined) return plot.chart.setData(data);
  plot.chart = new uPlot(optionsOf(plot), data, plot.node);
  // The width follows the card: in the next frame, since the observer must not cause what it observes.
  const fit = ([{ contentRect }]) =>
    requestAnimationFrame(() => plot.chart.setSize({ width: Math.max(160, Math.floor(contentRect.width)), height: HEIGHT }));
  new ResizeObserver(fit).observe(plot.node);
}

/** Hours and minutes within two days, else the day. */
function timesOf(_, seconds) {
  const isLong = seconds.length > 1 && seconds.at(-1) - seconds[0] > 2 * 86_400;
  const format = isLong ? { day: 'numeric', month: 'short' } : { hour: '2-digit', minute: '2-digit' };
  return seconds.map((at) => new Date(at * 1_000).toLocaleString(undefined, format));
}

function optionsOf({ series, title }) {
  const axis = {
    stroke: color('--quiet'),
    grid: { stroke: color('--grid'), width: 1 },
    ticks: { show: false },
    font: '12px system-ui, sans-serif',
  };
  return {
    width: 300,
    height: HEIGHT,
    cursor: { sync: { key: 'past' }, drag: { x: false, y: false } },
    legend: { live: true },
    axes: [
      { ...axis, space: 60, values: timesOf },
      { ...axis, size: 44, values: (_, values) => values.map(short) },
    ],
    scales: { y: { range: (_, __, most) => [0, Math.max(1, (most ?? 0) * 1.08)] } },
    series: [
      { value: (_, at) => (at === null ? '–' : dateTime(at * 1_000)), label: 'time' },
      ...series.map(([label, variable]) => ({
        label,
        stroke: color(variable),
        width: 2,
        points: { show: false },
        spanGaps: false,
        value: (_, value) => (value === null ? '–' : number(value, 1)),
      })),
    ],
    hooks: {
      drawClear: [(chart) => shadeGaps(chart)],
      ready: [
        (chart) => {
          chart.over.setAttribute('aria-label', title);
          chart.over.setAttribute('role', 'img');
          if (title.startsWith('Throughput')) chart.over.addEventListener('click', () => openStep(chart.cursor.idx));
        },
      ],
    },
  };
}

/** Steps in which nothing ran are grey. */
function shadeGaps(chart) {
  const { items, stepMs } = shown;
  const { ctx, bbox } = chart;
  ctx.save();
  ctx.fillStyle = color('--gap')();
  items.forEach(({ at, averagePending }) => {
    if (averagePending !== undefined) return;
    const [left, right] = [Date.parse(at), Date.parse(at) + stepMs].map((ms) => chart.valToPos(ms / 1_000, 'x', true));
    const [from, until] = [Math.max(left, bbox.left), Math.min(right, bbox.left + bbox.width)];
    if (until > from) ctx.fillRect(from, bbox.top, until - from, bbox.height);
  });
  ctx.restore();
}

/** A click on a step leads to what was accepted in it. */
function openStep(index) {
  const item = shown.items[index];
  if (item === undefined) return;
  const from = Date.parse(item.at);
  go('deliveries', { from, to: from + shown.stepMs });
}

/** What the plot says, for those who do not see it. */
function summary({ say }) {
  const { items } = shown;
  const values = (field) => items.map((item) => item[field] ?? 0);
  const sum = (field) => values(field).reduce((total, value) => total + value, 0);
  const most = (field) => Math.max(0, ...values(field));
  return say(items, { sum, most });
}

matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
  for (const { chart } of PLOTS) chart?.redraw(false);
});

export function plotsView({ query }) {
  const range = rangeOf(query.range);
  const [, , name] = RANGES[range];
  const down = shown.items.filter(({ averagePending }) => averagePending === undefined).length;
  const isEmpty = down === shown.items.length;
  return html`<div class="plots-head">
      <h3>Past</h3>
      <nav class="tabs" aria-label="Range of the plots">
        ${Object.keys(RANGES).map(
          (one) => html`<a href=${to('now', { range: one })} aria-current=${one === range ? 'true' : 'false'}>${one}</a>`,
        )}
      </nav>
      <p class="quiet" id="past-note">
        ${
          shown.error !== undefined
            ? `The past could not be read: ${shown.error}`
            : isEmpty
              ? 'The first step is not over yet.'
              : down > 0
                ? 'Grey: nothing ran, or nothing was recorded.'
                : ''
        }
      </p>
    </div>
    <div class="plots">
      ${PLOTS.map(
        (plot) =>
          html`<figure class="panel" id="plot-${plot.id}">
            <figcaption>
              ${plot.title} <span class="quiet">${isEmpty ? '' : `In the ${name}: ${summary(plot)}.`}</span>
            </figcaption>
            ${plot.node}
          </figure>`,
      )}
    </div>`;
}
