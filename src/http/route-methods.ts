import { ROUTE_DESCRIPTIONS } from './openapi/route-descriptions.js';

interface Route {
  readonly method: string;
  readonly pattern: RegExp;
}

const ROUTES: readonly Route[] = ROUTE_DESCRIPTIONS.map(({ route }) => {
  const [method = '', path = ''] = route.split(' ');
  return { method: method.toUpperCase(), pattern: new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`) };
});

/**
 * The methods that a path of the module answers, as the `Allow` header lists them (RFC 9110 §10.2.1); none for a path that no route has.
 *
 * @param path without the prefix, empty or with a slash before it
 */
export function methodsOf(path: string): readonly string[] {
  const methods = new Set(ROUTES.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method));
  if (methods.size === 0) return [];
  // Both adapters answer HEAD wherever they answer GET.
  return [...methods, ...(methods.has('GET') ? ['HEAD'] : []), 'OPTIONS'].toSorted();
}
