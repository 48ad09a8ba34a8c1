import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { NestFactory } from '@nestjs/core';
import { parseRules } from '../src/config/rule-parser.js';
import { settingsIn } from '../src/config/setting.js';
import { SETTINGS } from '../src/config/settings.js';
import { type Notification, QueueService } from '../src/index.js';
import { createNotificationTestingModule } from '../src/testing.js';
import { pages, readPage, type Snippet, snippets } from './support/document-snippets.js';
import { temporaryFolder } from './support/temporary-folder.js';
import { timeLimitMs } from './support/time-limit.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** Whose names an example may use without importing them: pages leave these lines out. */
const NEST: Readonly<Record<string, readonly string[]>> = {
  '@nestjs/common': ['Injectable', 'Module', 'Controller', 'Get'],
  '@nestjs/core': ['NestFactory'],
  '@nestjs/swagger': ['SwaggerModule', 'DocumentBuilder'],
};
/** Names in pages that look like variables of the application, and are none. */
const NOT_OURS: readonly string[] = ['NOTIFICATIONS_URL', 'STORE_SUITE_MAX_PENDING', 'STORE_SUITE_START_AT'];
/** Pages whose every example stands in a test that runs it. */
const RUN_ELSEWHERE = ['docs/testing.md'];

describe('the pages', () => {
  it(
    'have examples that compile',
    () => {
      const folder = temporaryFolder();
      symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
      const examples = snippets('ts').filter(({ page }) => !RUN_ELSEWHERE.includes(page));
      const names = examples.map((example, index) => {
        const name = `example-${index}.ts`;
        writeFileSync(join(folder, name), programOf(example));
        return name;
      });
      writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(configOf(names)));
      const said = compile(folder);
      expect(names.reduce((text, name, index) => text.replaceAll(name, examples[index]?.place ?? ''), said)).toBe('');
      expect(examples.length).toBeGreaterThan(10);
    },
    timeLimitMs(3),
  );

  it('have JSON that is accepted: rules, and notifications', async () => {
    const attachmentsDir = temporaryFolder();
    mkdirSync(join(attachmentsDir, 'legal'));
    writeFileSync(join(attachmentsDir, 'legal/terms.pdf'), 'terms');
    const { module } = createNotificationTestingModule({ email: { attachmentsDir } });
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Nest types its options as a class
    const app = await NestFactory.createApplicationContext(module, { logger: false });
    try {
      for (const { place, text } of snippets('json')) {
        const value = JSON.parse(text) as Readonly<Record<string, unknown>>;
        const problems: string[] = [];
        if ('windowMs' in value) parseRules([value], problems);
        else if ('to' in value && 'title' in value) await app.get(QueueService).enqueue(value as unknown as Notification);
        expect({ place, problems }).toEqual({ place, problems: [] });
      }
    } finally {
      await app.close();
    }
  });

  it('say the defaults that hold, in the tables of settings', () => {
    const defaults = new Map(settingsIn(SETTINGS).map(([, { variable, fallback }]) => [variable ?? '', String(fallback)]));
    const rows = [...readPage('docs/tuning.md').matchAll(/^\| `([A-Z_]+)` \| (\S+) \|/gm)];
    expect(rows.length).toBeGreaterThan(15);
    for (const [, name = '', said = ''] of rows) expect([name, said]).toEqual([name, defaults.get(name)]);
  });

  it('name only variables that exist', () => {
    const known = new Set(
      [...readFileSync(join(ROOT, '.env.example'), 'utf8').matchAll(/^#([A-Z_]+)=/gm)].map(([, name]) => name),
    );
    const prefixes = new Set([...known].map((name) => name?.split('_')[0]));
    const unknown = pages().flatMap((page) =>
      [...readPage(page).matchAll(/\b[A-Z]+_[A-Z_]+\b/g)].flatMap(([name]) =>
        known.has(name) || NOT_OURS.includes(name) || !prefixes.has(name.split('_')[0]) ? [] : [`${page}: ${name}`],
      ),
    );
    expect(unknown).toEqual([]);
  });

  it('have links that lead somewhere', () => {
    const broken = pages().flatMap((page) =>
      linksOf(page)
        .filter((link) => !leadsSomewhere(page, link))
        .map((link) => `${page}: ${link}`),
    );
    expect(broken).toEqual([]);
  });
});

/** The example as a module of an application, with the imports that it leaves out. */
function programOf({ text }: Snippet): string {
  const isUsed = (name: string): boolean => new RegExp(`\\b${name}\\b`).test(text);
  const isDeclared = (name: string): boolean =>
    new RegExp(`\\b(?:class|const|let|function|interface|type)\\s+${name}\\b|import[^;]*\\b${name}\\b[^;]*from`).test(text);
  const imports = Object.entries({ ...NEST, 'nestjs-digest': exported() }).flatMap(([library, known]) => {
    const names = known.filter((name) => isUsed(name) && !isDeclared(name));
    return names.length === 0 ? [] : [`import { ${names.join(', ')} } from '${library}';`];
  });
  return [...imports, text, 'export {};'].join('\n');
}

/** What the package's root exports. */
function exported(): readonly string[] {
  return ['src/index.ts', 'src/store-port.ts'].flatMap((file) =>
    [...readFileSync(join(ROOT, file), 'utf8').matchAll(/export \{([^}]*)\}/g)].flatMap(([, names = '']) =>
      names.split(',').flatMap((name) => /^\s*(?:type )?(\w+)\s*$/.exec(name)?.[1] ?? []),
    ),
  );
}

/** With the package as it was built, and the services of an application. */
function configOf(files: readonly string[]): object {
  const compilerOptions = {
    module: 'nodenext',
    target: 'es2023',
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    experimentalDecorators: true,
    types: ['node'],
    paths: Object.fromEntries(
      ['index', 'testing', 'terminus', 'postgres', 'redis', 'websocket'].map((entry) => [
        entry === 'index' ? 'nestjs-digest' : `nestjs-digest/${entry}`,
        [join(ROOT, `dist/${entry}.d.ts`)],
      ]),
    ),
  };
  return { compilerOptions, files: [...files, join(ROOT, 'test/documents/host.d.ts')] };
}

/** What the compiler says. */
function compile(folder: string): string {
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  try {
    return execFileSync(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', folder], {
      cwd: folder,
      encoding: 'utf8',
    });
  } catch (error) {
    return String((error as { stdout?: unknown }).stdout);
  }
}

/** Relative links and their anchors; those within code are none. */
function linksOf(page: string): readonly string[] {
  const text = readPage(page).replaceAll(/```[\s\S]*?```|`[^`]*`/g, '');
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, link = '']) => (/^[a-z]+:/.test(link) ? [] : [link]));
}

function leadsSomewhere(page: string, link: string): boolean {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? page : join(dirname(page), path);
  if (!existsSync(join(ROOT, target))) return false;
  return anchor === undefined || (target.endsWith('.md') && anchorsOf(readPage(target)).includes(anchor));
}

/** As GitHub makes them of headings. */
function anchorsOf(text: string): readonly string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{Letter}\p{Number}\s_-]/gu, '')
      .replaceAll(/\s/g, '-'),
  );
}
