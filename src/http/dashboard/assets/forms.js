// What a message looks like in each of its forms: HTML in a frame without rights, text, headers, Slack's blocks, JSON.
import { html, nothing } from './lit-html.js';
import { number } from './format.js';
import { select } from './parts.js';
import { go, to } from './router.js';

const WIDTHS = ['full', '600', '390'];

/** The forms that a content has, in the order of their tabs: `[name, label]`. */
export function formsIn(content) {
  const has = (field) => typeof content?.[field] === 'string' && content[field] !== '';
  return [
    has('html') ? ['html', 'HTML'] : undefined,
    Array.isArray(content?.pages) ? ['blocks', 'Blocks'] : undefined,
    has('text') || Array.isArray(content?.pages) ? ['text', 'Text'] : undefined,
    has('subject') || content?.headers !== undefined ? ['headers', 'Headers'] : undefined,
    ['json', 'JSON'],
  ].filter((form) => form !== undefined);
}

/** Of Slack's blocks the text, in the order and weight of a post. */
function blockView(block) {
  const words = (part) => (typeof part === 'string' ? part : (part?.text?.text ?? part?.text ?? part?.alt_text ?? ''));
  switch (block.type) {
    case 'header':
      return html`<p><strong>${words(block)}</strong></p>`;
    case 'divider':
      return html`<hr />`;
    case 'context':
      return html`<p class="quiet">${block.elements.map(words).join(' · ')}</p>`;
    case 'actions':
      return html`<p>${block.elements.map((element) => html`<span class="chip">${words(element)}</span> `)}</p>`;
    default:
      return html`<p class="lines">
          ${[block.text, ...(block.fields ?? [])]
            .map(words)
            .filter((text) => text !== '')
            .join('\n')}
        </p>
        ${block.accessory === undefined ? nothing : html`<p><span class="chip">${words(block.accessory)}</span></p>`}`;
  }
}

function headerLines(content) {
  const lines = {
    Subject: content.subject,
    'Reply-To': content.replyTo,
    Cc: content.cc?.join(', '),
    Bcc: content.bcc?.join(', '),
  };
  return Object.entries({ ...lines, ...content.headers }).filter(([, value]) => value !== undefined && value !== '');
}

function formView(form, content, messageId, index, query) {
  switch (form) {
    case 'html':
      return html`<div class="frame" data-width=${query.width ?? 'full'} data-theme=${query.theme ?? 'light'}>
        <iframe title="The message as HTML" sandbox="" src="dashboard/forms/${encodeURIComponent(messageId)}/${index}"></iframe>
      </div>`;
    case 'blocks':
      return content.pages.map(
        (page, at) =>
          html`<div class="post">
            ${content.pages.length === 1 ? nothing : html`<p class="quiet">Post ${at + 1} of ${content.pages.length}</p>`}
            ${page.blocks.map(blockView)}
          </div>`,
      );
    case 'text':
      return html`<pre tabindex="0">${content.text ?? content.pages.map(({ text }) => text).join('\n\n')}</pre>`;
    case 'headers':
      return html`<dl class="facts">
        ${headerLines(content).map(
          ([name, value]) =>
            html`<dt>${name}</dt>
              <dd>${value}</dd>`,
        )}
      </dl>`;
    default:
      return html`<pre tabindex="0">${JSON.stringify(content, undefined, 2)}</pre>`;
  }
}

/** @param route where the tab that is chosen stands */
export function formsView({ messageId, messages }, { section, id, query }) {
  if (messages.length === 0)
    return html`<h3>What it looks like</h3>
      <p class="quiet">Nothing is left of its content.</p>`;
  const index = Math.min(Number(query.part ?? 0) || 0, messages.length - 1);
  const { content, failure, count } = messages[index];
  const forms = formsIn(content);
  const form = forms.some(([name]) => name === query.form) ? query.form : forms[0][0];
  const choose = (event) => go(section, { ...query, [event.target.name]: event.target.value }, id);
  return html`<h3>What it looks like</h3>
    ${
      messages.length === 1
        ? nothing
        : html`<p>
            Each delivery is sent on its own:
            ${messages.map((_, at) => html`<a href=${to(section, { ...query, part: String(at) }, id)} aria-current=${at === index ? 'true' : 'false'}>${at + 1}</a> `)}
          </p>`
    }
    ${
      failure === undefined
        ? html`<nav class="tabs" aria-label="Forms">
              ${forms.map(
                ([name, label]) =>
                  html`<a href=${to(section, { ...query, form: name }, id)} aria-current=${name === form ? 'true' : 'false'}
                    >${label}</a
                  >`,
              )}
            </nav>
            ${
              form === 'html'
                ? html`<div class="filter" @change=${choose}>
                    ${select(
                      'width',
                      'Width',
                      WIDTHS.map((width) => [width, width === 'full' ? 'full' : `${width} px`]),
                      query.width ?? 'full',
                    )}
                    ${select(
                      'theme',
                      'Theme',
                      [
                        ['light', 'light'],
                        ['dark', 'dark'],
                      ],
                      query.theme ?? 'light',
                    )}
                  </div>`
                : nothing
            }
            ${formView(form, content, messageId, index, query)}
            <p class="quiet">It stands for ${number(count)} ${count === 1 ? 'delivery' : 'deliveries'}.</p>`
        : html`<p class="bad">It cannot be rendered: ${failure.reason}: ${failure.message}</p>`
    }`;
}
