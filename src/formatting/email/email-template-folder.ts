import { InvalidConfigurationError } from '../../model/errors.js';
import { type EmailTemplate } from '../../model/email-template.js';
import { TemplateEngine, TemplateError } from './template-engine.js';
import { type TemplateFile, templateFiles, versionOf } from './template-files.js';

const PARTS = ['subject', 'text', 'html'] as const;
type Part = (typeof PARTS)[number];

const LAYOUT = /^_layouts?\/([A-Za-z0-9_-]+)\.eta$/;
const PARTIAL = /^_partials\/([A-Za-z0-9_-]+)\.eta$/;
const TEMPLATE = /^(_default|[a-z0-9][a-z0-9_.-]{0,63})(?:\/([A-Za-z0-9-]+))?\/(subject|text|html)\.eta$/;
const ALLOWED =
  '_layouts/NAME.eta, _partials/NAME.eta, and of each type (or _default, for all) subject.eta, text.eta and html.eta, also in a folder for a language';

/**
 * The templates of the option `email.templatesDir`. They are read when it is made; a message is looked up among those, never in the file system.
 */
export class EmailTemplateFolder {
  private current: readonly EmailTemplate[];
  private version: string | undefined;

  /**
   * @param reloads whether it is looked for changes whenever templates are asked for: in development only
   * @throws InvalidConfigurationError with every template that does not compile, by its file and line
   */
  constructor(
    private readonly folder: string,
    private readonly reloads: boolean,
  ) {
    this.version = reloads ? versionOf(folder) : undefined;
    this.current = readTemplates(folder);
  }

  /** @throws InvalidConfigurationError as at the start, when something was changed since */
  templates(): readonly EmailTemplate[] {
    if (!this.reloads) return this.current;
    const version = versionOf(this.folder);
    if (version !== this.version) {
      // One that does not compile is tried again each time, so that it is not forgotten.
      this.version = undefined;
      this.current = readTemplates(this.folder);
      this.version = version;
    }
    return this.current;
  }
}

/** Reads all, and reports every problem at once. */
function readTemplates(folder: string): readonly EmailTemplate[] {
  const problems: string[] = [];
  const attempt = <T>(work: () => T): T | undefined => {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      problems.push(`email.templatesDir: ${error.message}`);
      return undefined;
    }
  };
  const engines = { plain: new TemplateEngine(false), html: new TemplateEngine(true) };
  const sources = new Map<string, Partial<Record<Part, TemplateFile>>>();
  const named = new Map<string, string>();
  const refuse = (path: string, why: string): void => void problems.push(`email.templatesDir: got ${path}, which ${why}`);
  for (const file of templateFiles(folder, refuse)) {
    const shared = LAYOUT.exec(file.path) ?? PARTIAL.exec(file.path);
    const [, type = '', locale = '', part] = TEMPLATE.exec(file.path) ?? [];
    if (shared !== null) {
      const [, name = ''] = shared;
      const other = named.get(name);
      if (other !== undefined) problems.push(`email.templatesDir: got ${file.path}; @${name} is ${other} already`);
      named.set(name, file.path);
      for (const engine of Object.values(engines)) attempt(() => engine.define(name, file));
    } else if (part === undefined || (locale !== '' && !isLocale(locale)))
      problems.push(`email.templatesDir: got ${file.path}; allowed are ${ALLOWED}`);
    else sources.set(`${type}/${locale}`, { ...sources.get(`${type}/${locale}`), [part]: file });
  }
  const templates: EmailTemplate[] = [];
  for (const [place, own] of sources) {
    const [type = '', locale = ''] = place.split('/');
    // A language has the parts of its type that it does not have itself.
    const files = locale === '' ? own : { ...sources.get(`${type}/`), ...own };
    const compiled = PARTS.flatMap((part) => {
      const file = files[part];
      const template = file && attempt(() => (part === 'html' ? engines.html : engines.plain).template(file));
      return template === undefined ? [] : [[part, template] as const];
    });
    templates.push({
      ...(type === '_default' ? {} : { type }),
      ...(locale === '' ? {} : { locale }),
      ...Object.fromEntries(compiled),
    });
  }
  if (problems.length > 0) throw new InvalidConfigurationError([...new Set(problems)]);
  return templates;
}

function isLocale(name: string): boolean {
  try {
    return Intl.getCanonicalLocales(name)[0] === name;
  } catch {
    return false;
  }
}
