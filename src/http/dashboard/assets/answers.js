// What the page answers to an action, and what it asks before one.
import { html } from './lit-html.js';
import { app, changed } from './app.js';

const SUCCESS_MS = 6_000;
let answer;

export function say(text, kind = 'good') {
  answer = { text, kind, until: kind === 'good' ? Date.now() + SUCCESS_MS : undefined };
  changed();
}

export function unsay() {
  answer = undefined;
  changed();
}

/** A failure stands until it is closed, the next success, or the server is back. */
export function answerView() {
  if (answer?.until !== undefined && answer.until < app.now) answer = undefined;
  return html`<p id="answer" role="alert" data-kind=${answer?.kind ?? 'good'} ?hidden=${answer === undefined}>
    <span>${answer?.text ?? ''}</span>
    <button type="button" class="quiet-button" aria-label="Close the message" @click=${unsay}>✕</button>
  </p>`;
}

/** Does what a button says and tells how it went. */
export async function act(work, done) {
  try {
    say(done(await work()));
    return true;
  } catch (error) {
    say(`That did not work: ${error.message}`, 'bad');
    return false;
  }
}

/** Asks before something that cannot be undone; the focus is on No. */
export function ask(text, yes) {
  const dialog = document.getElementById('ask');
  document.getElementById('ask-text').textContent = text;
  document.getElementById('ask-yes').textContent = yes;
  dialog.returnValue = '';
  dialog.showModal();
  document.getElementById('ask-no').focus();
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => resolve(dialog.returnValue === 'yes'), { once: true });
  });
}
