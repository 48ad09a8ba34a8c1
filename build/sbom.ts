import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Prints the bill of materials of what an application gets with this package, as CycloneDX: `npm run -s sbom`. npm leaves out every package that is
 * a development dependency as well, so it is asked about a project that has none.
 */
type Entries = Record<string, unknown>;
const { devDependencies: _tools, ...manifest } = jsonOf('package.json');
const { packages, ...lock } = jsonOf('package-lock.json') as { readonly packages: Readonly<Record<string, Entries>> };
const { devDependencies: _locked, ...root } = packages[''] ?? {};
const shipped = Object.entries(packages).filter(
  ([path, { dev, devOptional }]) => path !== '' && dev !== true && devOptional !== true,
);

const folder = mkdtempSync(join(tmpdir(), 'sbom-'));
try {
  // The folder's name is the component's.
  const project = join(folder, String(manifest['name']));
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), JSON.stringify(manifest));
  writeFileSync(
    join(project, 'package-lock.json'),
    JSON.stringify({ ...lock, packages: { '': root, ...Object.fromEntries(shipped) } }),
  );
  const args = ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only'];
  process.stdout.write(execFileSync('npm', args, { cwd: project, maxBuffer: 64 * 1024 * 1024 }));
} finally {
  rmSync(folder, { recursive: true });
}

function jsonOf(file: string): Entries {
  return JSON.parse(readFileSync(file, 'utf8')) as Entries;
}
