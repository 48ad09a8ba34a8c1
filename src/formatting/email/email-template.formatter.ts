import { type DigestOrder } from '../../config/content-options.js';
import { type ResolvedOptions } from '../../config/options.js';
import { type EmailTemplate, type EmailTemplateView } from '../../model/email-template.js';
import { type OwnPhrases } from '../../model/phrases.js';
import { type ClaimedMessage } from '../../model/message.js';
import { type EmailContent } from '../../transports/email/email-content.js';
import { type Digest, digestOf } from '../digest/digest.js';
import { safeLink } from '../digest/safe-link.js';
import { type ImmediateFormatter } from '../formatter.js';
import { readerSettingsOf } from '../reader-settings-of.js';
import { nameOf, type Translator, translatorFor } from '../translation/translator.js';
import { bringsItsOwnLook, ownSubjectOf } from './email.formatter.js';
import { emailHeadline } from './email-headline.js';
import { type EmailTemplateFolder } from './email-template-folder.js';
import { EmailBrands } from './email-brands.js';
import { MAX_HTML_BYTES } from './email-html.js';
import { templateFormats } from './template-formats.js';
import { unsubscribeLink, type UnsubscribeOptions } from './unsubscribe-link.js';

/**
 * The host's templates, those given in code before those of a folder: the one of the message's type and its reader's language, else of the type, else of the language, else one for all;
 * where none fits, the built-in look. One that throws falls back to that as any formatter does.
 */
export class EmailTemplateFormatter implements ImmediateFormatter<EmailContent> {
  private readonly brands: EmailBrands;

  constructor(
    private readonly templates: readonly EmailTemplate[],
    private readonly builtIn: ImmediateFormatter<EmailContent>,
    private readonly order?: DigestOrder,
    private readonly email: Partial<Pick<ResolvedOptions['email'], 'brandName' | 'accounts'>> & UnsubscribeOptions = {},
    private readonly folder?: EmailTemplateFolder,
    private readonly own?: OwnPhrases,
  ) {
    this.brands = new EmailBrands(email);
  }

  format(message: ClaimedMessage): EmailContent {
    const { locale = 'en', timeZone = 'UTC' } = readerSettingsOf(message);
    const translator = translatorFor(locale, this.own);
    const digest = digestOf(message, translator, this.order);
    const [only, ...others] = digest.types;
    const all = this.folder === undefined ? this.templates : [...this.templates, ...this.folder.templates()];
    const template = bestOf(all, others.length === 0 ? only?.type : undefined, locale);
    const plain = this.builtIn.format(message);
    if (template === undefined || bringsItsOwnLook(message)) return plain;
    // As many entries as fit: mail readers cut longer documents off.
    for (let shown = digest.entries.length; ; shown = Math.floor(shown / 2)) {
      const view = { ...viewOf(digest, message, shown, { locale, timeZone, translator }), ...this.frameOf(message) };
      const html = part(template, 'html', view) ?? plain.html;
      if (Buffer.byteLength(html) > MAX_HTML_BYTES && shown > 0) continue;
      return {
        ...plain,
        subject: ownSubjectOf(message) ?? part(template, 'subject', view)?.trim() ?? plain.subject,
        text: part(template, 'text', view) ?? plain.text,
        html,
      };
    }
  }

  private frameOf(message: ClaimedMessage): Pick<EmailTemplateView, 'brandName' | 'unsubscribeUrl'> {
    const { brandName } = this.brands.of(message);
    const link = unsubscribeLink(message, this.email)?.url;
    return {
      ...(brandName === undefined ? {} : { brandName }),
      ...(link === undefined ? {} : { unsubscribeUrl: link }),
    };
  }
}

/**
 * What a template makes of a part; undefined when it has no such part.
 *
 * @throws Error that names the part and the template; its cause is what the template threw
 */
function part(template: EmailTemplate, name: 'subject' | 'text' | 'html', view: EmailTemplateView): string | undefined {
  try {
    return template[name]?.(view);
  } catch (error) {
    const { type = 'all types', locale } = template;
    const which = `the e-mail template for ${type}${locale === undefined ? '' : ` in ${locale}`}`;
    const why = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    throw new Error(`the ${name} of ${which} failed with ${why}`, { cause: error });
  }
}

/** Type and language, type, language, neither; of equals the first. */
function bestOf(templates: readonly EmailTemplate[], type: string | undefined, locale: string): EmailTemplate | undefined {
  const rank = (template: EmailTemplate): number => {
    if (template.type !== undefined && template.type !== type) return -1;
    const speaks = template.locale === undefined || locale === template.locale || locale.startsWith(`${template.locale}-`);
    if (!speaks) return -1;
    return (template.type === undefined ? 0 : 1_000) + (template.locale?.length ?? 0);
  };
  return templates
    .map((template) => ({ template, rank: rank(template) }))
    .filter((one) => one.rank >= 0)
    .sort((a, b) => b.rank - a.rank)[0]?.template;
}

function viewOf(
  digest: Digest,
  message: ClaimedMessage,
  shown: number,
  { locale, timeZone, translator }: { readonly locale: string; readonly timeZone: string; readonly translator: Translator },
): EmailTemplateView {
  const entries = digest.entries.slice(0, shown);
  const { when, plurals } = templateFormats(locale, timeZone);
  return {
    count: digest.count,
    summary: emailHeadline(digest, translator).text,
    ...(digest.actors === undefined ? {} : { actors: digest.actors }),
    entries: entries.map(({ type, title, body = '', priority, actor, data, repeats, firstAt }) => {
      const link = safeLink(data);
      return {
        type,
        title,
        body,
        priority,
        ...(actor === undefined ? {} : { actor: nameOf(actor) }),
        ...(link === undefined ? {} : { link }),
        data: data ?? {},
        repeats,
        at: when.format(firstAt),
      };
    }),
    more: entries.reduce((rest, { repeats }) => rest - repeats, digest.count),
    address: message.address,
    locale,
    timeZone,
    plural: (count, forms) => forms[plurals.select(count)] ?? forms.other,
  };
}
