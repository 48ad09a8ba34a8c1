import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import ts from 'typescript';

/** Licences that an application of any kind may ship with. */
const ALLOWED = ['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT', 'MIT-0'];
/** Packages whose package.json names no licence, and what their LICENSE file says. */
const BY_FILE: Readonly<Record<string, RegExp>> = {
  busboy: /^Copyright Brian White[^]*Permission is hereby granted, free of charge/,
  streamsearch: /^Copyright Brian White[^]*Permission is hereby granted, free of charge/,
};

interface PackageJson {
  readonly license?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

interface LockedPackage extends PackageJson {
  readonly dev?: true;
  readonly devOptional?: true;
}

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as PackageJson;
const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as { packages: Readonly<Record<string, LockedPackage>> };

/** Where npm finds a package for one that stands at `from`. */
function locationOf(name: string, from: string): string | undefined {
  for (let at = from; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/node_modules/')))) {
    const location = `${at === '' ? '' : `${at}/`}node_modules/${name}`;
    if (location in lock.packages) return location;
    if (at === '') return undefined;
  }
}

/** Everything that an application gets with this package, optional peers left out. */
function runtimePackages(): readonly string[] {
  const found = new Set<string>();
  const add = (from: string, names: readonly string[]): void => {
    for (const name of names) {
      const location = locationOf(name, from);
      if (location === undefined || found.has(location)) continue;
      found.add(location);
      add(location, Object.keys(lock.packages[location]?.dependencies ?? {}));
    }
  };
  add('', Object.keys(manifest.dependencies ?? {}));
  return [...found].toSorted();
}

describe('runtime dependencies', () => {
  it('have a licence that allows any use', () => {
    const packages = runtimePackages();
    expect(packages.length).toBeGreaterThan(50);
    const wrong = packages.filter((location) => {
      const name = location.slice(location.lastIndexOf('node_modules/') + 'node_modules/'.length);
      const { license } = JSON.parse(readFileSync(join(location, 'package.json'), 'utf8')) as PackageJson;
      if (license !== undefined) return !ALLOWED.includes(license);
      return BY_FILE[name]?.test(readFileSync(join(location, 'LICENSE'), 'utf8')) !== true;
    });
    expect(wrong).toEqual([]);
  });

  it('are those that the package imports, and no others', () => {
    const imported = new Set<string>();
    const files = readdirSync('dist', { recursive: true, encoding: 'utf8' });
    for (const file of files.filter((name) => /\.(js|d\.ts)$/.test(name) && !name.startsWith('main.'))) {
      const { importedFiles } = ts.preProcessFile(readFileSync(join('dist', file), 'utf8'), true, true);
      for (const { fileName } of importedFiles) imported.add(packageOf(fileName));
    }
    const foreign = [...imported].filter((name) => name !== '' && !builtinModules.includes(name)).toSorted();
    const declared = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });
    expect(foreign.filter((name) => !declared.includes(name))).toEqual([]);
    // The page's assets are files of the first two, found by their path; the indicator for terminus needs but its shape.
    const unnamed = ['lit-html', 'uplot', '@nestjs/terminus'];
    expect(declared.filter((name) => !foreign.includes(name) && !unnamed.includes(name))).toEqual([]);
  });
});

/** The package that a name of an import belongs to; empty for a file of ours. */
function packageOf(name: string): string {
  if (/^[./]/.test(name) || name.startsWith('node:')) return '';
  return name.split('/', name.startsWith('@') ? 2 : 1).join('/');
}

describe('the bill of materials', () => {
  let bill: {
    readonly bomFormat?: string;
    readonly components?: readonly { readonly name: string; readonly licenses?: unknown }[];
  };
  beforeAll(() => {
    const text = execFileSync('npm', ['run', '--silent', 'sbom'], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
    bill = JSON.parse(text) as typeof bill;
  });

  it('is CycloneDX, with every runtime dependency and no development dependency', () => {
    expect(bill.bomFormat).toBe('CycloneDX');
    const names = (bill.components ?? []).map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(Object.keys(manifest.dependencies ?? {})));
    expect(names).not.toContain('jest');
  });
});
