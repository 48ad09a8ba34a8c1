import { type JsonObject, type NotificationPriority } from './notification.js';

/** What a template is given. Texts are as they were accepted: a template made by `defineEmailTemplate` escapes them. */
export interface EmailTemplateView {
  /** Deliveries, repeats and hidden ones included. */
  readonly count: number;
  /** "12 system updates", in the reader's language; a single delivery's title. */
  readonly summary: string;
  /** "Ann, Bob and 3 others", in the reader's language; undefined when nobody is known to have caused any. */
  readonly actors?: string;
  /** The most urgent first, then the oldest. */
  readonly entries: readonly {
    readonly type: string;
    readonly title: string;
    readonly body: string;
    readonly priority: NotificationPriority;
    readonly actor?: string;
    /** `data.url`, when it is `https:`, `http:` or `mailto:`. */
    readonly link?: string;
    readonly data: JsonObject;
    /** Deliveries of exactly this content. */
    readonly repeats: number;
    /** When the first was accepted, in the reader's language and time zone. */
    readonly at: string;
  }[];
  /** Deliveries that are not shown. */
  readonly more: number;
  /** The reader's address. */
  readonly address: string;
  /** `EMAIL_BRAND_NAME`, by default the domain of the sender. */
  readonly brandName?: string;
  /** Where this reader unsubscribes; undefined without `EMAIL_UNSUBSCRIBE_URL`. */
  readonly unsubscribeUrl?: string;
  /** The reader's language, BCP 47; `en` when nothing tells it. */
  readonly locale: string;
  /** The reader's time zone, IANA; `UTC` when nothing tells it. */
  readonly timeZone: string;
  /** A word for a number, by the reader's language: `plural(n, { one: 'alert', other: 'alerts' })`. */
  readonly plural: (count: number, forms: Partial<Record<Intl.LDMLPluralRule, string>> & { readonly other: string }) => string;
}

/** How mails of a type look to readers of a language; a part that is absent has the built-in look. Functions, so that nothing of a notification can ever be one. */
export interface EmailTemplate {
  /** Of messages of only this type; all when absent. */
  readonly type?: string;
  /** Of readers of this language: `de` also serves `de-AT`; all when absent. */
  readonly locale?: string;
  /** The subject, in one line. */
  readonly subject?: (view: EmailTemplateView) => string;
  /** The plain part. Each title should stand in it. */
  readonly text?: (view: EmailTemplateView) => string;
  /** The HTML part; what it puts in must be escaped, which templates of `defineEmailTemplate` do. */
  readonly html?: (view: EmailTemplateView) => string;
}
