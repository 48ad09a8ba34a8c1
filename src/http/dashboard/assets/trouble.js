// What is wrong, since when, and what to do about it. Pure: figures in, a list out.
import { countOf, number, percent } from './format.js';
import { ADVICE, PART_ADVICE } from './reasons.js';
import { to } from './router.js';

const LABELS = {
  store: 'Store',
  windows: 'Work that is due',
  processor: 'Processing',
  batches: 'Batches',
  errors: 'Attempts',
  limits: 'Limits',
  eventLoop: 'Event loop',
  memory: 'Memory',
};
const ORDER = ['error', 'warning', 'paused'];

/** Deliveries of a channel that wait until it sends. */
export function waitingOf({ byState }) {
  return byState.queued + byState.sending;
}

function ofChannel(name, channel, health) {
  const { state, paused, lastMinute, lastFailure } = channel;
  const waiting = waitingOf(channel);
  const show = { label: 'Show what waits', href: to('deliveries', { channel: name, state: 'queued' }) };
  switch (state) {
    case 'paused_by_operator':
      return {
        level: 'paused',
        text: `${name} is ${paused.detail}: ${countOf(waiting, 'delivery waits', 'deliveries wait')}`,
        since: paused.since,
        advice: 'Resume it when what it was paused for is done: what is accepted waits until then.',
        actions: [{ label: 'Resume', resume: name }, ...(waiting > 0 ? [show] : [])],
      };
    case 'paused_by_failure':
      return {
        level: 'error',
        text: `${name} is paused by failure: ${paused.detail}; ${countOf(waiting, 'delivery waits', 'deliveries wait')}`,
        since: paused.since,
        advice: `${ADVICE[lastFailure?.reason] ?? 'Look at the receiver and at the credentials of the channel.'} It tries again by itself, at least once a minute.`,
        actions: [{ label: 'Resume', resume: name }, ...(waiting > 0 ? [show] : [])],
      };
    case 'degraded': {
      const { attempts, failed } = lastMinute;
      const rate =
        attempts === 0
          ? 'its last attempt failed'
          : `${percent(failed, attempts)} of ${countOf(attempts, 'attempt')} in the last minute failed`;
      const why = lastFailure === undefined ? '' : ` (${lastFailure.reason})`;
      const isTold = health?.errors.status !== 'ok' && health?.errors.detail.includes(`${name} `);
      return {
        level: 'warning',
        text: `${name}: ${rate}${why}`,
        since: isTold ? health.errors.since : lastFailure?.at,
        isLast: !isTold,
        advice: ADVICE[lastFailure?.reason],
        actions: [
          { label: 'Show failed', href: to('dead', { channel: name }) },
          { label: 'Show queued', href: to('deliveries', { channel: name, state: 'queued' }) },
        ],
      };
    }
    default:
      return undefined;
  }
}

function ofHealth(health, channels) {
  const { channels: ofTransports, ...parts } = health;
  const degraded = Object.values(channels).some(({ state }) => state === 'degraded');
  const found = Object.entries(parts)
    .filter(([name, entry]) => LABELS[name] !== undefined && entry.status !== 'ok' && !(name === 'errors' && degraded))
    .map(([name, { status, detail, since }]) => ({
      key: name,
      level: status,
      text: `${LABELS[name]}: ${detail}`,
      since,
      advice: PART_ADVICE[name],
      actions:
        name === 'limits' || name === 'windows' ? [{ label: 'Show queued', href: to('deliveries', { state: 'queued' }) }] : [],
    }));
  const said = Object.entries(ofTransports)
    .filter(([name, entry]) => entry.status !== 'ok' && !channels[name]?.state.startsWith('paused'))
    .map(([name, { status, detail, since }]) => ({
      key: `health ${name}`,
      level: status,
      text: `${name}: ${detail}`,
      since,
      actions: [{ label: 'Show what waits', href: to('deliveries', { channel: name, state: 'queued' }) }],
    }));
  return [...found, ...said];
}

/** The counts of the states, and whether they are what was accepted (G7). */
export function ledgerOf({ counts }) {
  const { byState, accepted, pending } = counts;
  const sum = Object.values(byState).reduce((total, count) => total + count, 0);
  const waiting = byState.gathering + byState.queued + byState.sending;
  return {
    ...byState,
    accepted,
    other: byState.cancelled + byState.expired + byState.replaced,
    addsUp: sum === accepted && waiting === pending,
  };
}

/**
 * The worst first: `{ key, level, text, since?, isLast?, advice?, actions }`. `since` of an entry with `isLast` is when it happened last.
 *
 * @param dead `{ open, newest? }`: dead deliveries that were not dismissed
 */
export function troubles({ stats, health, dead }) {
  const entries = [];
  if (!ledgerOf(stats).addsUp)
    entries.push({
      key: 'ledger',
      level: 'error',
      text: 'The counts do not add up',
      advice: 'Report this: it should not happen.',
      actions: [],
    });
  if (health?.shuttingDown)
    entries.push({ key: 'stop', level: 'warning', text: 'This process is stopping: it accepts nothing more', actions: [] });
  for (const [name, channel] of Object.entries(stats.channels)) {
    const entry = ofChannel(name, channel, health);
    if (entry !== undefined) entries.push({ key: `channel ${name}`, ...entry });
  }
  if (health !== undefined) entries.push(...ofHealth(health, stats.channels));
  if (dead !== undefined && dead.open > 0) {
    const { newest } = dead;
    entries.push({
      key: 'dead',
      level: 'warning',
      text: `${countOf(dead.open, 'dead letter')}${newest === undefined ? '' : `, the last on ${newest.channel}: ${newest.reason}`}`,
      detail: newest?.lastError?.message,
      since: newest?.updatedAt,
      isLast: true,
      advice: ADVICE[newest?.reason],
      actions: [{ label: `Show ${number(dead.open)}`, href: to('dead') }],
    });
  }
  return entries.sort((a, b) => ORDER.indexOf(a.level) - ORDER.indexOf(b.level));
}
