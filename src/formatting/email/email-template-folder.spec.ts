import { mkdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { claimedMessage } from '../../../test/support/claimed-message.js';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import { InvalidConfigurationError } from '../../model/errors.js';
import { type NotificationContent } from '../../model/notification.js';
import { type EmailContent } from '../../transports/email/email-content.js';
import { createEmailFormatter } from './email.formatter.js';
import { EmailTemplateFolder } from './email-template-folder.js';
import { EmailTemplateFormatter } from './email-template.formatter.js';

const builtIn = createEmailFormatter({});
let writes = 0;

/** Writes files of a folder, each at another time than before. */
function write(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [path, source] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), source);
    utimesSync(join(folder, path), 1_000_000, 1_000_000 + writes++);
  }
}

function folderOf(files: Readonly<Record<string, string>>): string {
  const folder = temporaryFolder('templates-');
  write(folder, files);
  return folder;
}

/** How a mail looks by the templates of a folder. */
function look(folder: EmailTemplateFolder, content: Partial<NotificationContent> = {}, locale?: string): EmailContent {
  const message = claimedMessage([{ type: 'alert', title: 'Disk <full>', ...content }]);
  return new EmailTemplateFormatter([], builtIn, undefined, {}, folder).format({
    ...message,
    ...(locale === undefined ? {} : { readerSettings: { locale } }),
  });
}

function problemOf(files: Readonly<Record<string, string>>): string {
  try {
    return `none: ${JSON.stringify(new EmailTemplateFolder(folderOf(files), false).templates())}`;
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidConfigurationError);
    return (error as Error).message;
  }
}

const FILES = {
  '_layouts/page.eta': '<main><%~ it.body %></main>',
  '_partials/entry.eta': '<li><%= it.entry.title %></li>',
  'alert/subject.eta': 'Alert: <%= it.summary %>\n',
  'alert/html.eta': `<% layout('@page') %><% it.entries.forEach((entry) => { %><%~ include('@entry', { entry }) %><% }) %>`,
  'alert/de/subject.eta': 'Warnung: <%= it.summary %>',
  '_default/text.eta': 'All: <%= it.summary %>',
  'README.md': 'no template <% if ( %>',
};

describe('a folder of e-mail templates', () => {
  const folder = new EmailTemplateFolder(folderOf(FILES), false);

  it('has layouts, partials, and parts by type; what is missing has the built-in look', () => {
    const plain = builtIn.format(claimedMessage([{ type: 'alert', title: 'Disk <full>' }]));
    expect(look(folder)).toEqual({
      ...plain,
      subject: 'Alert: Disk <full>',
      html: '<main><li>Disk &lt;full&gt;</li></main>',
    });
  });

  it('has parts by language, which take the others of their type', () => {
    expect(look(folder, {}, 'de-AT')).toMatchObject({ subject: 'Warnung: Disk <full>', html: look(folder).html });
    expect(look(folder, {}, 'fr').subject).toBe('Alert: Disk <full>');
  });

  it('has a default for all other types', () => {
    const content = look(folder, { type: 'reminder' });
    expect([content.subject, content.text]).toEqual(['Disk <full>', 'All: Disk <full>']);
  });

  it('a type or a language leads to no other file', () => {
    const secret = folderOf({ 'secret/html.eta': 'of another folder', 'in/alert/html.eta': 'of the type alert' });
    const inner = new EmailTemplateFolder(join(secret, 'in'), true);
    for (const type of ['../secret', '..', 'alert/../../secret', '_partials', 'constructor', '__proto__']) {
      for (const locale of ['de', '../../secret', '..'])
        expect(look(inner, { type }, locale).html).not.toMatch(/of another folder|of the type/);
    }
    expect(look(inner, { type: 'alert' }).html).toBe('of the type alert');
  });

  it('a template includes nothing but what is in its folder by name', () => {
    for (const path of ['/etc/passwd', '../alert/html', '@../alert/html', './html.eta', '@none']) {
      const reading = new EmailTemplateFolder(folderOf({ 'alert/html.eta': `\n<%~ include('${path}') %>` }), false);
      expect(() => look(reading)).toThrow(
        /^the html of the e-mail template for alert failed with TemplateError: alert\/html\.eta:2: /,
      );
    }
  });

  it('says the file and the line of what fails when it is rendered, also in a partial', () => {
    const failing = new EmailTemplateFolder(
      folderOf({ '_partials/deep.eta': 'a\nb\n<%= it.missing.name %>', 'alert/html.eta': `<%~ include('@deep') %>` }),
      false,
    );
    expect(() => look(failing)).toThrow(/TemplateError: _partials\/deep\.eta:3: TypeError: Cannot read properties of undefined/);
  });

  it.each([
    ['an unclosed tag', 'ok\n\n<% if (true) {', /email\.templatesDir: alert\/html\.eta:3: unclosed tag/],
    ['an unclosed string', '<%= "a %>', /alert\/html\.eta:1: unclosed string/],
    ['no JavaScript', 'a\nb\n<% const = 1 %>\n', /alert\/html\.eta:3: Unexpected token '='/],
    ['no JavaScript behind what is', '<%= 1 %>\n<%= 2 %>\n\n<%= it. %>\n<%= 3 %>', /alert\/html\.eta:4: Unexpected token/],
  ])('stops the start with the file and the line for %s', (_, source, problem) => {
    expect(problemOf({ 'alert/html.eta': source })).toMatch(problem);
  });

  it('reports every problem at once', () => {
    const problem = problemOf({
      '_partials/a.eta': '<% ( %>',
      '_layouts/b.eta': '',
      '_partials/b.eta': '',
      'Alert/html.eta': '',
      'alert/body.eta': '',
      'alert/german_/text.eta': '',
      'alert/de/deep/html.eta': '',
      'alert/text.eta': '<% ) %>',
    });
    for (const path of [
      '_partials/a.eta:1: ',
      'got _partials/b.eta; @b is _layouts/b.eta already',
      'got Alert/html.eta; allowed are _layouts',
    ])
      expect(problem).toContain(path);
    for (const path of ['alert/body.eta', 'alert/german_/text.eta', 'alert/de/deep/html.eta'])
      expect(problem).toContain(`got ${path};`);
    expect(problem).toContain('alert/text.eta:1: ');
    expect(problem.match(/_partials\/a\.eta/g)).toHaveLength(1);
  });

  it('follows links that stay in it, as those of a mounted ConfigMap, and no others', () => {
    const outside = folderOf({ 'html.eta': 'of another folder', 'other/html.eta': 'of another folder' });
    const mounted = folderOf({ '..2026_11_24/alert/html.eta': 'mounted', '.git/alert/html.eta': 'hidden' });
    symlinkSync('..2026_11_24', join(mounted, '..data'));
    symlinkSync('..data/alert', join(mounted, 'alert'));
    symlinkSync(join(outside, 'README.md'), join(mounted, 'README.md'));
    expect(look(new EmailTemplateFolder(mounted, true)).html).toBe('mounted');
    symlinkSync(join(outside, 'html.eta'), join(mounted, '..2026_11_24/alert/text.eta'));
    symlinkSync(join(outside, 'other'), join(mounted, 'reminder'));
    symlinkSync('nowhere.eta', join(mounted, 'gone.eta'));
    symlinkSync('.', join(mounted, '..2026_11_24/alert/again'));
    const reading = (): unknown => new EmailTemplateFolder(mounted, true);
    for (const problem of [
      'got alert/text.eta, which is a link that leads out of the folder',
      'got reminder, which is a link that leads out of the folder',
      'got gone.eta, which is a link that leads nowhere, or cannot be read',
      'got alert/again/again/again/again, which lies more than 4 folders deep',
    ])
      expect(reading).toThrow(`email.templatesDir: ${problem}`);
  });

  it('has no template of more than a megabyte', () => {
    expect(problemOf({ 'alert/html.eta': 'a'.repeat(1024 * 1024) })).toMatch(/^none: /);
    expect(problemOf({ 'alert/html.eta': 'a'.repeat(1024 * 1024 + 1) })).toContain(
      'email.templatesDir: got alert/html.eta, which has 1048577 bytes; a template has at most 1048576',
    );
  });

  it('in development is read again when a file changed, was added or removed; in production never', () => {
    const path = folderOf({ 'alert/html.eta': 'one' });
    const [reloading, fixed] = [new EmailTemplateFolder(path, true), new EmailTemplateFolder(path, false)];
    const [inDevelopment, inProduction] = [() => look(reloading), () => look(fixed)];
    write(path, { 'alert/html.eta': 'two' });
    expect([inDevelopment().html, inProduction().html]).toEqual(['two', 'one']);
    write(path, { 'alert/subject.eta': 'new', 'alert/html.eta': '<%~ include("@late") %>', '_partials/late.eta': 'late' });
    expect(inDevelopment()).toMatchObject({ subject: 'new', html: 'late' });
    write(path, { 'alert/html.eta': '\n<% ( %>' });
    // As often as it is asked for, until it is corrected.
    for (let turn = 0; turn < 2; turn++) expect(inDevelopment).toThrow(/alert\/html\.eta:2: /);
    write(path, { 'alert/html.eta': 'corrected' });
    expect(inDevelopment().html).toBe('corrected');
    rmSync(join(path, 'alert'), { recursive: true });
    expect(inDevelopment().subject).toBe('Disk <full>');
    expect(inProduction().html).toBe('one');
  });
});
