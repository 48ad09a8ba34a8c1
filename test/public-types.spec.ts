import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';

const SRC = fileURLToPath(new URL('../src/', import.meta.url));

/** Names of our own types that stand in a public signature of an entry point and cannot be imported from it. */
function unnameable(entry: string, alsoFrom: readonly string[] = []): readonly string[] {
  const configPath = fileURLToPath(new URL('../tsconfig.build.json', import.meta.url));
  const { options } = ts.parseJsonConfigFileContent(
    ts.readConfigFile(configPath, ts.sys.readFile).config,
    ts.sys,
    fileURLToPath(new URL('..', import.meta.url)),
  );
  const program = ts.createProgram(
    [entry, ...alsoFrom].map((file) => SRC + file),
    { ...options, noEmit: true, incremental: false, composite: false },
  );
  const checker = program.getTypeChecker();
  const original = (symbol: ts.Symbol): ts.Symbol =>
    symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  const exportsOf = (file: string): readonly ts.Symbol[] => {
    const source = program.getSourceFile(SRC + file);
    const module = source === undefined ? undefined : checker.getSymbolAtLocation(source);
    if (module === undefined) throw new Error(`${file} exports nothing`);
    return checker.getExportsOfModule(module).map(original);
  };
  const exported = new Set(exportsOf(entry));
  const nameable = new Set([...exported, ...alsoFrom.flatMap(exportsOf)]);
  const missing = new Set<string>();
  const isOurs = (symbol: ts.Symbol): boolean =>
    symbol.declarations?.some(
      (declaration) => declaration.getSourceFile().fileName.startsWith(SRC) && !isUtility(declaration),
    ) === true;
  const look = (node: ts.Node, owner: string): void => {
    if (isHidden(node)) return;
    if (ts.isTypeReferenceNode(node) || ts.isExpressionWithTypeArguments(node)) {
      const name = ts.isTypeReferenceNode(node) ? node.typeName : node.expression;
      const symbol = checker.getSymbolAtLocation(name);
      const target = symbol === undefined ? undefined : original(symbol);
      if (target !== undefined && isOurs(target) && !nameable.has(target) && !isInternal(target))
        missing.add(`${target.name} (of ${owner})`);
    }
    ts.forEachChild(node, (child) => look(child, owner));
  };
  for (const symbol of exported) {
    for (const declaration of symbol.declarations ?? []) {
      if (ts.isVariableDeclaration(declaration)) {
        if (declaration.type !== undefined) look(declaration.type, symbol.name);
      } else look(declaration, symbol.name);
    }
  }
  return [...missing].toSorted();
}

/** A type parameter, or a generic alias of one file that stands for its expansion. */
function isUtility(declaration: ts.Declaration): boolean {
  if (ts.isTypeParameterDeclaration(declaration)) return true;
  if (!ts.isTypeAliasDeclaration(declaration) || declaration.typeParameters === undefined) return false;
  return declaration.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) !== true;
}

function isInternal(symbol: ts.Symbol): boolean {
  return symbol.declarations?.some((one) => ts.getJSDocTags(one).some(({ tagName }) => tagName.text === 'internal')) === true;
}

/** What no caller sees: what is marked as internal, bodies, private and protected members, decorators, and constructors, which Nest calls. */
function isHidden(node: ts.Node): boolean {
  if (ts.getJSDocTags(node).some(({ tagName }) => tagName.text === 'internal')) return true;
  if (ts.isBlock(node) || ts.isDecorator(node) || ts.isConstructorDeclaration(node) || ts.isPropertyAssignment(node)) return true;
  if (ts.isPropertyDeclaration(node) && node.type === undefined) return true;
  if (!ts.canHaveModifiers(node)) return false;
  const hidden = [ts.SyntaxKind.PrivateKeyword, ts.SyntaxKind.ProtectedKeyword];
  const isPrivateName = ts.isClassElement(node) && node.name !== undefined && ts.isPrivateIdentifier(node.name);
  return isPrivateName || ts.getModifiers(node)?.some(({ kind }) => hidden.includes(kind)) === true;
}

describe('the types of public signatures', () => {
  it('of the package can all be imported from its root', () => {
    expect(unnameable('index.ts')).toEqual([]);
  }, 120_000);

  it('of the testing entry can all be imported from it or from the root', () => {
    expect(unnameable('testing.ts', ['index.ts'])).toEqual([]);
  }, 120_000);

  it('of the terminus entry can all be imported from it or from the root', () => {
    expect(unnameable('terminus.ts', ['index.ts'])).toEqual([]);
  }, 120_000);

  it('of the PostgreSQL entry can all be imported from it or from the root', () => {
    expect(unnameable('postgres.ts', ['index.ts'])).toEqual([]);
  }, 120_000);

  it('of the Redis entry can all be imported from it or from the root', () => {
    expect(unnameable('redis.ts', ['index.ts'])).toEqual([]);
  }, 120_000);
});
