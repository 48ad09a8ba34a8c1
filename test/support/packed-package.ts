import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from './temporary-folder.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** The package as it would be published (from `dist/`), unpacked in the `node_modules` of an empty project. */
export class PackedPackage {
  /** Paths in the tarball. */
  readonly files: readonly string[];
  private readonly project = temporaryFolder();

  constructor() {
    const packed = execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', this.project], {
      cwd: ROOT,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [tarball] = readdirSync(this.project);
    this.files = filesOf(JSON.parse(packed));
    // Without one, a package.json of a folder above would be the project's.
    writeFileSync(join(this.project, 'package.json'), '{ "private": true }');
    const home = join(this.project, 'node_modules');
    mkdirSync(join(home, 'nestjs-digest'), { recursive: true });
    execFileSync('tar', ['-xzf', join(this.project, tarball ?? ''), '--strip-components=1', '-C', join(home, 'nestjs-digest')]);
    // What it depends on, as it is installed here.
    for (const name of readdirSync(join(ROOT, 'node_modules'))) {
      if (!name.startsWith('.')) symlinkSync(join(ROOT, 'node_modules', name), join(home, name));
    }
  }

  /** The text of a file of the package. */
  read(file: string): string {
    return readFileSync(join(this.project, 'node_modules/nestjs-digest', file), 'utf8');
  }

  /** Runs a program in the project; returns what it prints. @param name ends in `.mjs` or `.cjs`, which says how it is read */
  run(name: string, program: string): string {
    writeFileSync(join(this.project, name), program);
    return execFileSync(process.execPath, ['--no-warnings', name], { cwd: this.project, encoding: 'utf8' });
  }

  /** Type-checks a program in the project; returns what the compiler says. */
  check(name: string, program: string, options: readonly string[]): string {
    writeFileSync(join(this.project, name), program);
    try {
      return execFileSync(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '--noEmit', ...options, name], {
        cwd: this.project,
        encoding: 'utf8',
      });
    } catch (error) {
      return String((error as { stdout?: unknown }).stdout);
    }
  }
}

/** npm 11 prints a list of packages, later ones an object of them by name. */
function filesOf(packed: unknown): string[] {
  const [report] = Object.values(packed as Record<string, { readonly files: readonly { readonly path: string }[] }>);
  return (report?.files ?? []).map(({ path }) => path);
}
