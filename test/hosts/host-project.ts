import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Major } from './majors.ts';

const APPLICATION = join(import.meta.dirname, 'application');
/** A registry or a machine may be slow; a limit only ends what hangs. */
const LIMIT_MS = 900_000;

/** An application of one major in its own folder, with the packed package installed. */
export class HostProject {
  readonly major: Major;
  readonly folder: string;

  constructor(major: Major, folder: string) {
    this.major = major;
    this.folder = folder;
  }

  /** Writes the application and installs what it needs. @param tarball the packed package */
  async install(tarball: string): Promise<void> {
    const { packageJson, compilerOptions, packages, files } = this.major;
    mkdirSync(join(this.folder, 'src'), { recursive: true });
    this.write('package.json', JSON.stringify({ name: 'host', private: true, ...packageJson }));
    this.write('tsconfig.json', JSON.stringify({ compilerOptions, include: ['src'] }));
    for (const [name, text] of Object.entries(files)) this.write(name, text);
    for (const name of readdirSync(APPLICATION)) {
      const text = readFileSync(join(APPLICATION, name), 'utf8');
      this.write(join('src', name), this.major.suffixes ? text : text.replaceAll(/(from '\.\/[^']+)\.js'/g, "$1'"));
    }
    await this.run('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', tarball, ...packages]);
  }

  /** Strictly, in the way of its starter, and in the others. */
  async compile(): Promise<void> {
    await this.node('node_modules/typescript/bin/tsc', '-p', '.');
    for (const options of this.major.alsoCompiles)
      await this.node('node_modules/typescript/bin/tsc', '-p', '.', '--noEmit', ...options);
  }

  /** Runs a program of the project with this Node. Throws what it printed when it fails. */
  async node(...args: readonly string[]): Promise<string> {
    return await this.run(process.execPath, args);
  }

  private async run(program: string, args: readonly string[]): Promise<string> {
    try {
      const options = { cwd: this.folder, timeout: LIMIT_MS, env: { ...process.env, NODE_OPTIONS: '' } };
      const { stdout, stderr } = await promisify(execFile)(program, args, options);
      return stdout + stderr;
    } catch (error) {
      const { stdout = '', stderr = '' } = error as { readonly stdout?: string; readonly stderr?: string };
      throw new Error(`${program} ${args.join(' ')} failed:\n${stdout}${stderr}`, { cause: error });
    }
  }

  private write(name: string, text: string): void {
    writeFileSync(join(this.folder, name), text);
  }
}
