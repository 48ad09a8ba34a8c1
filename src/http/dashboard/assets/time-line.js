// What happened to a message or to one of its deliveries, in order, and what is to come.
import { html, nothing } from './lit-html.js';
import { app } from './app.js';
import { countOf, dateTime, span } from './format.js';

const CLOSED_BY = {
  count: 'it was full',
  time: 'its time was over',
  flush: 'somebody sent it',
  pressure: 'memory or addresses ran short',
  shutdown: 'the process stopped',
  rules_changed: 'the rules changed',
};

const isFinal = (state) => !['gathering', 'queued', 'sending'].includes(state);

/** What happened, in order: `{ at, text, bad }`. */
export function timeLine({ delivery, message }) {
  const { attempts, closedAt, closedBy, count, dueAt, openedAt, rule, state } = message;
  const events = [];
  if (delivery !== undefined) events.push({ at: delivery.createdAt, text: `accepted, by the route ${delivery.route}` });
  else events.push({ at: openedAt, text: rule === undefined ? 'accepted' : 'its first delivery opened the window' });
  if (closedAt !== undefined)
    events.push({
      at: closedAt,
      text: `the window closed with ${countOf(count, 'delivery', 'deliveries')}: ${CLOSED_BY[closedBy] ?? closedBy}`,
    });
  attempts.forEach(({ at, outcome, reason, answer }) =>
    events.push(outcome === 'failed' ? { at, bad: true, text: `failed: ${reason}`, answer } : { at, text: 'delivered' }),
  );
  const ended = delivery !== undefined && isFinal(delivery.state) && delivery.state !== 'delivered';
  if (ended) {
    const why = delivery.reason === undefined || delivery.reason === delivery.state ? '' : `: ${delivery.reason}`;
    events.push({ at: delivery.updatedAt, bad: delivery.state === 'dead', text: `${delivery.state}${why}` });
  }
  events.sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
  if (state === 'gathering' && dueAt !== undefined && !ended)
    events.push({ at: dueAt, isAhead: true, text: 'the window closes' });
  if (state === 'queued' && !ended)
    events.push({
      isAhead: true,
      text: attempts.length === 0 ? 'waits for its first attempt' : `waits for attempt ${message.attemptCount + 1}`,
    });
  if (state === 'sending' && !ended) events.push({ isAhead: true, text: 'is being sent' });
  return events;
}

export function timeLineView(events) {
  return html`<ol class="time-line" aria-label="Time line">
    ${events.map(
      ({ at, text, bad, answer, isAhead }) =>
        html`<li ?data-bad=${bad === true} ?data-ahead=${isAhead === true}>
          ${
            at === undefined
              ? html`<span class="quiet">now</span>`
              : html`<time datetime=${at} title=${dateTime(at)}
                  >${isAhead && Date.parse(at) > app.now ? `in ${span(Date.parse(at) - app.now)}` : dateTime(at)}</time
                >`
          }
          <span>${text}${answer === undefined ? nothing : html`<span class="quiet said">${answer}</span>`}</span>
        </li>`,
    )}
  </ol>`;
}
