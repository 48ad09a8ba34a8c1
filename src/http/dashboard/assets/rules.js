// The rules of aggregation that hold now.
import { html, nothing } from './lit-html.js';
import { call } from './api.js';
import { changed } from './app.js';
import { number, span } from './format.js';
import { heading } from './parts.js';

let rules;
let error;

export function show() {
  call('GET', 'rules').then(
    (found) => {
      [rules, error] = [found.rules, undefined];
      changed();
    },
    (failure) => {
      error = failure.message;
      changed();
    },
  );
}

function others({ type, channel, windowMs, maxCount, ...rest }) {
  return Object.entries(rest)
    .map(([name, value]) => `${name}: ${typeof value === 'object' ? JSON.stringify(value) : value}`)
    .join(', ');
}

export function view() {
  return html`<section aria-labelledby="title">
    ${heading('Rules')}
    <p class="quiet">
      The application's own rules, the most specific first match of type and channel wins; types without one have the built-in
      windows.
      <code class="word">PUT rules</code> replaces them.
    </p>
    ${error === undefined ? nothing : html`<p class="bad">The rules could not be read: ${error}</p>`}
    ${
      rules === undefined
        ? html`<p class="quiet">${error === undefined ? 'Reading …' : ''}</p>`
        : rules.length === 0
          ? html`<p id="note">There are no rules of the application's own.</p>`
          : html`<div class="table" tabindex="0" role="region" aria-label="Table of rules">
              <table class="rows">
                <thead>
                  <tr>
                    <th scope="col">Type</th>
                    <th scope="col">Channel</th>
                    <th scope="col" class="figure">Window</th>
                    <th scope="col" class="figure">At most</th>
                    <th scope="col">Further</th>
                  </tr>
                </thead>
                <tbody>
                  ${rules.map(
                    (rule) =>
                      html`<tr>
                        <td>${rule.type ?? 'every type'}</td>
                        <td>${rule.channel ?? 'every channel'}</td>
                        <td class="figure">${rule.windowMs === 0 ? 'none: sent at once' : span(rule.windowMs)}</td>
                        <td class="figure">${rule.maxCount === undefined ? '' : number(rule.maxCount)}</td>
                        <td>${others(rule)}</td>
                      </tr>`,
                  )}
                </tbody>
              </table>
            </div>`
    }
  </section>`;
}
