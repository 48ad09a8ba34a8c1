import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import PostalMime from 'postal-mime';
import { EmailBench } from '../support/email.js';
import { HttpApplication } from '../support/http-application.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const bench = new EmailBench();
afterEach(() => bench.stop());

const DOCS = readFileSync('docs/templates.md', 'utf8');
/** What MJML 5.4.1 made of the template in docs/templates.md. */
const COMPILED = 'test/fixtures/templates/invoice/html.eta';

/** A block of code of docs/templates.md. */
function block(language: string, holds: string): string {
  // Fences come in pairs: what stands between the pairs is prose.
  const blocks = DOCS.split(/^```/m)
    .filter((_, at) => at % 2 === 1)
    .filter((code) => code.startsWith(`${language}\n`))
    .map((code) => code.slice(language.length + 1));
  return blocks.find((code) => code.includes(holds)) ?? '';
}

function write(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

async function start(templatesDir: string) {
  const server = await bench.script();
  const http = await HttpApplication.start({ email: { smtpUrl: server.url, templatesDir }, batch: { timeoutMs: 0 } });
  const send = async (over: object) => {
    const delivered = http.ended('delivered', 1);
    const critical = { channel: 'email', to: 'ann@example.com', type: 'alert', title: 'Disk <full>', priority: 'critical' };
    expect((await http.post('', { ...critical, ...over })).status).toBe(202);
    await delivered;
    return PostalMime.parse(Buffer.from(server.contents.at(-1) ?? '', 'latin1'));
  };
  return { http, send };
}

describe('email.templatesDir', () => {
  it('has the folder of docs/templates.md, by type and language; a file that changes shows in the next mail', async () => {
    const folder = temporaryFolder('templates-');
    const lines = block('', '_layouts/page.eta').matchAll(/^ {2}(\S+\.eta)(?: {2,}(<.*)|.*)$/gm);
    write(folder, Object.fromEntries([...lines].map(([, path = '', source]) => [path, source ?? `${path}: <%= it.summary %>`])));
    const { send } = await start(folder);
    expect(await send({})).toMatchObject({
      subject: 'alert/subject.eta: Disk <full>',
      html: expect.stringContaining('<main><li>Disk &lt;full&gt;</li></main>'),
      text: expect.stringContaining('Disk <full>'),
    });
    const german = await send({ locale: 'de-AT' });
    expect([german.subject, german.html]).toEqual(['alert/de/subject.eta: Disk <full>', expect.stringContaining('<main><li>')]);
    write(folder, { 'alert/html.eta': '<p>Changed: <%= it.summary %></p>' });
    expect((await send({})).html).toContain('<p>Changed: Disk &lt;full&gt;</p>');
    // One that does not compile shows in the log, and the mail has the built-in look.
    write(folder, { 'alert/html.eta': '<% ( %>' });
    expect((await send({})).html).toContain('<!doctype html>');
  });

  it('stops the start with the file and the line of a template that does not compile', async () => {
    const folder = temporaryFolder('templates-');
    write(folder, { 'alert/html.eta': '<p>\n<%= it.\n%>' });
    await expect(start(folder)).rejects.toThrow(/email\.templatesDir: alert\/html\.eta:2: /);
    await expect(start(join(folder, 'nothing'))).rejects.toThrow(/email\.templatesDir.*the path of a folder that exists/);
  });

  it('takes what MJML made: the recipe of docs/templates.md', async () => {
    const folder = temporaryFolder('mjml-');
    const source = block('html', '<mjml');
    // MJML itself is not a dependency of the project: this stands for it, and answers as it did.
    write(folder, {
      'package.json': '{"type":"module"}',
      'build-emails.mjs': block('js', 'mjml2html'),
      'emails/invoice.mjml': source,
      'node_modules/mjml/package.json': '{"name":"mjml","type":"module","exports":"./index.js"}',
      'node_modules/mjml/index.js': `import { readFileSync } from 'node:fs';
        export default async (source, { validationLevel }) => ({ errors: [], html: source.startsWith('<mjml') && validationLevel === 'strict' ? readFileSync('compiled.eta', 'utf8') : '' });`,
    });
    copyFileSync(COMPILED, join(folder, 'compiled.eta'));
    execFileSync(process.execPath, ['build-emails.mjs'], { cwd: folder });
    const { send } = await start(join(folder, 'templates'));
    const mail = await send({
      type: 'invoice',
      title: 'Invoice <91>',
      body: 'Due & payable',
      data: { url: 'https://shop.example/91' },
    });
    expect(mail.html).toContain('<b>Invoice &lt;91&gt;</b><br />Due &amp; payable');
    expect(mail.html).toContain('href="https://shop.example/91"');
    expect(mail.html).not.toContain('<%');
    // The tags of the template are those that were compiled.
    const tags = (text: string) => text.match(/<%.*?%>/g);
    expect(tags(readFileSync(COMPILED, 'utf8'))).toEqual(tags(source));
  });
});
