import { Script } from 'node:vm';
import { Eta } from 'eta';
import { type TemplateFile } from './template-files.js';

/** An error in a template, whose message begins with the file and the line. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
}

/** The line of the template stands before the code of each tag: see `EtaConfig.debug`. */
const LINE_MARK = /^__eta\.line=(\d+)$/;
const SCRIPT = 'template';

type TemplateFunction = ReturnType<Eta['compile']>;

/**
 * Eta without a folder: it reads no files, and a template can include only what was given here by name.
 * Errors name the file and the line.
 */
class NamedTemplates extends Eta {
  override readonly RuntimeErr = (error: Error, _source: string, line: number, path: string): never => {
    // What an included template threw names itself.
    if (error instanceof TemplateError) throw error;
    throw new TemplateError(`${path}:${line}: ${error.name}: ${error.message}`, { cause: error });
  };
}

/** Compiles the templates of a folder for one part of a mail. */
export class TemplateEngine {
  private readonly eta: NamedTemplates;

  /** @param escapes whether what `<%= … %>` writes is escaped for HTML */
  constructor(escapes: boolean) {
    this.eta = new NamedTemplates({ autoEscape: escapes, debug: true });
  }

  /** Makes a template known as `@name` to `include` and `layout`. @throws TemplateError */
  define(name: string, file: TemplateFile): void {
    this.eta.loadTemplate(`@${name}`, this.compile(file));
  }

  /** @throws TemplateError when it does not compile; what it returns throws one for what fails then */
  template(file: TemplateFile): (view: object) => string {
    const compiled = this.compile(file);
    return (view) => this.eta.render(compiled, view);
  }

  private compile({ path, source }: TemplateFile): TemplateFunction {
    let compiled: TemplateFunction;
    try {
      compiled = this.eta.compile(source);
    } catch (error) {
      throw new TemplateError(`${path}:${this.problemOf(source, error)}`, { cause: error });
    }
    return function (this: ThisParameterType<TemplateFunction>, data, options) {
      return compiled.call(this, data, { ...options, filepath: path });
    };
  }

  /** Line and message of an error of the compiler: of Eta's parser, or of JavaScript. */
  private problemOf(source: string, error: unknown): string {
    const message = error instanceof Error ? error.message : String(error);
    const parsed = /^(.*) at line (\d+) col \d+:/.exec(message);
    if (parsed !== null) return `${parsed[2] ?? 1}: ${parsed[1] ?? message}`;
    const code = `(function(it, options) {${this.eta.compileToString(source)}\n})`;
    try {
      new Script(code, { filename: SCRIPT });
    } catch (syntax) {
      const { message: why, stack = '' } = syntax as SyntaxError;
      const at = Number(new RegExp(`^${SCRIPT}:(\\d+)`).exec(stack)?.[1] ?? 0);
      const marks = code
        .split('\n')
        .slice(0, at)
        .flatMap((line) => LINE_MARK.exec(line)?.[1] ?? []);
      return `${marks.at(-1) ?? 1}: ${why}`;
    }
    return `1: ${message}`;
  }
}
