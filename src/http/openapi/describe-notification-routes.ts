import { DEFAULT_PREFIX } from '../../config/http-options.js';
import { describeOperation, type Operation } from './operation.js';
import { ROUTE_GROUPS } from './route-descriptions.js';
import { VIEW_SCHEMAS } from './view-schemas.js';

type Paths = Record<string, Record<string, Operation | undefined> | undefined>;

interface Tag {
  readonly name: string;
  readonly description?: string;
}

/** A route that no host has by chance. */
const UNMISTAKABLE = '/windows/apply-rules';

/**
 * Completes what `@nestjs/swagger` made of the module's routes: names, parameters, bodies, answers, problems and examples. What it knows nothing
 * of stays; a global prefix and a version before the routes make no difference.
 *
 * @param document the result of `SwaggerModule.createDocument`; it is changed
 * @param prefix   the option `http.prefix`; defaults to `notifications`
 * @returns the same document
 */
export function describeNotificationRoutes<
  Document extends { paths: object; components?: object; tags?: { name: string; description?: string }[] },
>(document: Document, prefix: string = DEFAULT_PREFIX): Document {
  const base = `/${prefix.replace(/^\/|\/$/g, '')}`;
  const paths = document.paths as Paths;
  // What a host may have put before the prefix. A path of the host's own that ends in the prefix is not described.
  const roots = Object.keys(paths)
    .filter((path) => path.endsWith(base + UNMISTAKABLE))
    .map((path) => path.slice(0, -UNMISTAKABLE.length));
  if (roots.length === 0) return document;
  roots.forEach((root, index) => describeUnder(root, paths, index === 0));
  const components = (document.components ?? {}) as { readonly schemas?: object };
  document.components = { ...components, schemas: { ...components.schemas, ...VIEW_SCHEMAS } };
  const own: readonly Tag[] = ROUTE_GROUPS.map(({ tag, description }) => ({ name: tag, description }));
  document.tags = [...(document.tags ?? []), ...own];
  return document;
}

/** @param named whether operations get the names of the routes: one document has each name once */
function describeUnder(root: string, paths: Paths, named: boolean): void {
  for (const { tag, routes } of ROUTE_GROUPS) {
    for (const route of routes) {
      const [method = '', path = ''] = route.route.split(' ');
      const operation = paths[root + path]?.[method];
      if (operation !== undefined) describeOperation(operation, route, tag, named);
    }
  }
}
