import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';
import { timeLimitMs } from './support/time-limit.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SRC = join(ROOT, 'src/');
const ENTRIES = ['index', 'testing', 'postgres', 'terminus', 'websocket'];

function hasComment(node: ts.Node): boolean {
  return ts.getJSDocCommentsAndTags(node).length > 0;
}

function nameOf(member: ts.ClassElement | ts.TypeElement): string | undefined {
  return member.name === undefined || ts.isPrivateIdentifier(member.name) ? undefined : member.name.getText();
}

function isHidden(member: ts.Declaration): boolean {
  return (ts.getCombinedModifierFlags(member) & (ts.ModifierFlags.Private | ts.ModifierFlags.Protected)) !== 0;
}

function membersOf(declaration: ts.Declaration): readonly (ts.ClassElement | ts.TypeElement)[] {
  if (ts.isClassDeclaration(declaration) || ts.isInterfaceDeclaration(declaration)) return [...declaration.members];
  return ts.isTypeAliasDeclaration(declaration) && ts.isTypeLiteralNode(declaration.type) ? [...declaration.type.members] : [];
}

/** What the entry points export, and the members of it, that the reference would show without a word. */
function undocumented(entries: readonly string[]): readonly string[] {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.build.json'), ts.sys.readFile) as { readonly config: unknown };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, ROOT);
  const program = ts.createProgram(entries, { ...options, noEmit: true, incremental: false, composite: false });
  const checker = program.getTypeChecker();
  /** The reference shows what the implemented class or interface says of a member. */
  const isInherited = (declaration: ts.Declaration, name: string): boolean =>
    ts.isClassDeclaration(declaration) &&
    (declaration.heritageClauses ?? [])
      .flatMap(({ types }) => [...types])
      .some((type) => checker.getTypeAtLocation(type).getProperty(name)?.declarations?.some(hasComment) === true);
  const exported = new Set(
    entries.flatMap((entry) => {
      const source = program.getSourceFile(entry);
      const module = source === undefined ? undefined : checker.getSymbolAtLocation(source);
      if (module === undefined) throw new Error(`${entry} exports nothing`);
      return checker
        .getExportsOfModule(module)
        .map((symbol) => ((symbol.flags & ts.SymbolFlags.Alias) === 0 ? symbol : checker.getAliasedSymbol(symbol)));
    }),
  );
  return [...exported].flatMap((symbol) => {
    const declarations = (symbol.declarations ?? []).filter(
      (one) => entries.includes(one.getSourceFile().fileName) || isOurs(one),
    );
    return declarations.flatMap((declaration) => {
      const holder = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
      const isOverload = ts.isFunctionDeclaration(declaration) && declarations.some(hasComment);
      const members = membersOf(declaration);
      const silent = members.flatMap((member) => {
        const name = nameOf(member);
        if (name === undefined || isHidden(member) || hasComment(member) || isInherited(declaration, name)) return [];
        return members.some((other) => nameOf(other) === name && hasComment(other)) ? [] : [`${symbol.name}.${name}`];
      });
      return [...(hasComment(holder) || isOverload ? [] : [symbol.name]), ...silent];
    });
  });
}

function isOurs(declaration: ts.Declaration): boolean {
  return declaration.getSourceFile().fileName.startsWith(SRC);
}

describe('the reference of the API', () => {
  it(
    'has a comment for every export, and for every member of it',
    () => {
      expect(undocumented(ENTRIES.map((entry) => `${SRC}${entry}.ts`))).toEqual([]);
    },
    timeLimitMs(3),
  );

  it(
    'is not said to be complete when it is not',
    () => {
      const fixture = join(ROOT, 'test/fixtures/undocumented.ts');
      expect(undocumented([fixture])).toEqual(['Silent', 'Silent.also', 'silent', 'Told.not']);
    },
    timeLimitMs(3),
  );
});
