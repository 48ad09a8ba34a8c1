import ts from 'typescript';

/** Lines of a file on which code stands that runs: no comments, types, imports and empty lines. 1-based. */
export function codeLines(file: ts.SourceFile): ReadonlySet<number> {
  const lines = new Set<number>();
  const visit = (node: ts.Node): void => {
    if (isErased(node)) return;
    if (node.getChildCount(file) === 0 && node.getWidth(file) > 0)
      lines.add(file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1);
    for (const child of node.getChildren(file)) visit(child);
  };
  for (const statement of file.statements) visit(statement);
  return lines;
}

function isErased(node: ts.Node): boolean {
  return (
    ts.isInterfaceDeclaration(node) ||
    ts.isTypeAliasDeclaration(node) ||
    ts.isImportDeclaration(node) ||
    ts.isExportDeclaration(node) ||
    ts.isTypeNode(node) ||
    isJsDoc(node) ||
    isOnlyDeclared(node)
  );
}

function isJsDoc(node: ts.Node): boolean {
  return node.kind >= ts.SyntaxKind.FirstJSDocNode && node.kind <= ts.SyntaxKind.LastJSDocNode;
}

/** An abstract member, and the signature of an overload. */
function isOnlyDeclared(node: ts.Node): boolean {
  if (ts.isMethodDeclaration(node) || ts.isFunctionDeclaration(node)) return node.body === undefined;
  return ts.isPropertyDeclaration(node) && node.initializer === undefined;
}
