import { join } from 'node:path';
import ts from 'typescript';

/** A method or accessor that an application can call. */
export interface PublicMethod {
  /** Path of the file from the project's root. */
  readonly file: string;
  readonly className: string;
  /** As the profiler names it: `pause`, `get name`. */
  readonly name: string;
  /** Of its name, 1-based. */
  readonly line: number;
}

/** Those of every class that an entry point of the package exports, errors aside; what is only declared is implemented elsewhere. */
export function publicMethods(root: string, entries: readonly string[]): readonly PublicMethod[] {
  const config = ts.parseJsonConfigFileContent(
    ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile).config,
    ts.sys,
    root,
  );
  const program = ts.createProgram(
    entries.map((entry) => join(root, entry)),
    { ...config.options, noEmit: true },
  );
  const checker = program.getTypeChecker();
  const classes = new Set<ts.ClassDeclaration>();
  for (const entry of entries) {
    const file = program.getSourceFile(join(root, entry));
    const module = file && checker.getSymbolAtLocation(file);
    for (const symbol of module === undefined ? [] : checker.getExportsOfModule(module)) {
      const target = (symbol.flags & ts.SymbolFlags.Alias) === 0 ? symbol : checker.getAliasedSymbol(symbol);
      for (const declaration of target.declarations ?? []) if (ts.isClassDeclaration(declaration)) classes.add(declaration);
    }
  }
  return [...classes].flatMap((declaration) => methodsOf(declaration, root));
}

function methodsOf(declaration: ts.ClassDeclaration, root: string): readonly PublicMethod[] {
  const source = declaration.getSourceFile();
  return declaration.members.flatMap((member) => {
    const isCallable = ts.isMethodDeclaration(member) || ts.isGetAccessor(member) || ts.isSetAccessor(member);
    if (!isCallable || member.body === undefined || !ts.isIdentifier(member.name) || isHidden(member)) return [];
    const prefix = ts.isGetAccessor(member) ? 'get ' : ts.isSetAccessor(member) ? 'set ' : '';
    return [
      {
        file: source.fileName.slice(root.length + 1),
        className: declaration.name?.text ?? 'default',
        name: `${prefix}${member.name.text}`,
        line: source.getLineAndCharacterOfPosition(member.name.getStart(source)).line + 1,
      },
    ];
  });
}

/** Private, protected, or a hook that Nest calls. */
function isHidden(member: ts.ClassElement): boolean {
  const flags = ts.getCombinedModifierFlags(member);
  return (flags & (ts.ModifierFlags.Private | ts.ModifierFlags.Protected)) !== 0;
}
