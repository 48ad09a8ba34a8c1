import { createHash } from 'node:crypto';
import { html, Html } from '../../formatting/email/html.js';
import { pagePhrasesFor } from '../../formatting/translation/page-phrases.js';
import { type Translator, translatorFor } from '../../formatting/translation/translator.js';
import { type OwnPhrases } from '../../model/phrases.js';
import { type Choice } from '../../model/recipient.js';
import { type UnsubscribeScope } from '../../model/unsubscribe-token.js';
import { OFFERED_FREQUENCIES, type Subscription } from '../../recipients/subscriptions.js';
import { type SubscriptionsView } from '../../recipients/unsubscribe.service.js';
import { PAGE_STYLE } from './unsubscribe-style.js';
import { SWITCH } from './unsubscribe-form.js';

const STYLE_HASH = createHash('sha256').update(PAGE_STYLE).digest('base64');
const STYLE = new Html(`<style>${PAGE_STYLE}</style>`);

/** What the page may do: show itself, with this style sheet, and send its forms to where it came from. No script, image or frame. */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'Content-Type': 'text/html; charset=utf-8',
  'Content-Security-Policy': `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'`,
  'X-Frame-Options': 'DENY',
  'X-Content-Type-Options': 'nosniff',
  // The link is a credential. With `no-referrer` a form would be sent with the origin `null`.
  'Referrer-Policy': 'same-origin',
  'X-Robots-Tag': 'noindex',
  'Cache-Control': 'no-store',
};

/** What a page shows. */
interface UnsubscribePageView {
  readonly scope: UnsubscribeScope;
  readonly view: SubscriptionsView;
  /** Who sends. */
  readonly brandName: string;
  readonly locale: string | undefined;
  /** `formatting.phrases` */
  readonly own?: OwnPhrases | undefined;
  /** What was just done, and the choices before it. */
  readonly done?: { readonly action: 'stopped' | 'saved'; readonly before: readonly Choice[] } | undefined;
}

/** The page of a link: it has no script, and shows no address. */
export function renderUnsubscribePage({ scope, view, brandName, locale, own, done }: UnsubscribePageView): string {
  const { language, phrases } = pagePhrasesFor(locale);
  const translator = translatorFor(locale?.toLowerCase().startsWith(language) === true ? locale : language, own);
  const named = namesOf(scope.types === '*' ? [] : scope.types, translator);
  const comes = view.subscriptions.filter(({ isOn, fixedBy }) => isOn && fixedBy === undefined).map(({ type }) => type);
  const offers = scope.types === '*' ? comes.length > 0 : scope.types.some((type) => comes.includes(type));
  const content = html`<h1>${phrases.title}</h1>
    <p class="quiet">${filled(phrases.from, brandName)}</p>
    ${done === undefined ? undefined : notice(done, named, phrases)}
    ${
      offers && done?.action !== 'stopped'
        ? button('unsubscribe', named === '' ? phrases.stopTogether : filled(phrases.stop, named), 'main')
        : undefined
    }
    <p>${phrases.intro}</p>
    <form method="post">
      <input type="hidden" name="action" value="save" />
      <input type="hidden" name="shown" value="${view.subscriptions.map(({ type }) => type).join(' ')}" />
      <fieldset>
        <legend>${phrases.types}</legend>
        ${view.subscriptions.map((subscription) => toggle(subscription, translator.typeName(subscription.type), phrases))}
      </fieldset>
      <p>
        <label for="frequency">${phrases.howOften}</label>
        <select id="frequency" name="frequency">
          ${[...(view.frequency === 'keep' ? (['keep'] as const) : []), ...OFFERED_FREQUENCIES].map((frequency) =>
            option(frequency, phrases.frequencies[frequency], frequency === view.frequency),
          )}
        </select>
      </p>
      <button type="submit" class="main">${phrases.save}</button>
    </form>
    ${comes.length > 0 ? button('all_off', phrases.allOff, 'quiet') : undefined}`;
  return page(language, phrases.title, content);
}

/** The page of a link that says nothing. */
export function renderInvalidPage(locale: string | undefined): string {
  const { language, phrases } = pagePhrasesFor(locale);
  return page(
    language,
    phrases.invalid,
    html`<h1>${phrases.invalid}</h1>
      <p>${phrases.invalidWhy}</p>`,
  );
}

type PagePhrases = ReturnType<typeof pagePhrasesFor>['phrases'];

function page(language: string, title: string, content: Html): string {
  return html`<!doctype html>
    <html lang="${language}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title}</title>
        ${STYLE}
      </head>
      <body>
        <main>${content}</main>
      </body>
    </html> `.toString();
}

function notice({ action, before }: NonNullable<UnsubscribePageView['done']>, named: string, phrases: PagePhrases): Html {
  const said = action === 'stopped' && named !== '' ? filled(phrases.stopped, named) : phrases.saved;
  return html`<div class="notice" role="status">
    <p>${said}</p>
    <form method="post">
      <input type="hidden" name="action" value="restore" />
      <input type="hidden" name="choices" value="${JSON.stringify(before)}" />
      <button type="submit">${phrases.undo}</button>
    </form>
  </div>`;
}

function toggle({ type, isOn, fixedBy }: Subscription, name: string, phrases: PagePhrases): Html {
  const checked = isOn ? html` checked` : undefined;
  const disabled = fixedBy === undefined ? undefined : html` disabled`;
  const why =
    fixedBy === undefined ? undefined : html` <small>${fixedBy === 'required' ? phrases.required : phrases.locked}</small>`;
  return html`<label class="switch"
    ><input type="checkbox" role="switch" name="${SWITCH}${type}" value="1" ${checked}${disabled} /><span
      >${name}${why}</span
    ></label
  > `;
}

function option(value: string, text: string, isSelected: boolean): Html {
  return html`<option value="${value}" ${isSelected ? html` selected` : undefined}>${text}</option> `;
}

function button(action: string, text: string, look: 'main' | 'quiet'): Html {
  return html`<form method="post">
    <input type="hidden" name="action" value="${action}" />
    <button type="submit" class="${look}">${text}</button>
  </form>`;
}

/** Types in words, as a list. */
function namesOf(types: readonly string[], translator: Translator): string {
  return new Intl.ListFormat(translator.locale, { type: 'conjunction' }).format(types.map((type) => translator.typeName(type)));
}

/** As a function: what is filled in may hold the patterns of `replace`. */
function filled(phrase: string, text: string): string {
  return phrase.replace('#', () => text);
}
