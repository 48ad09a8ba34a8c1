import { DEFAULT_PREFIX } from '../../config/http-options.js';
import { NOTIFICATION_SCHEMA } from '../notification-schema.js';
import { type RouteDescription } from './route-description.js';
import { ROUTE_DESCRIPTIONS } from './route-descriptions.js';
import { ref, type Schema, VIEW_SCHEMAS } from './view-schemas.js';

interface Operation {
  summary?: string;
  parameters?: readonly Parameter[];
  requestBody?: unknown;
  responses?: Record<string, unknown>;
}

interface Parameter {
  readonly name?: string;
  readonly in?: string;
}

type Paths = Record<string, Record<string, Operation | undefined> | undefined>;

const JSON_TYPE = 'application/json';
/** A route that no host has by chance. */
const UNMISTAKABLE = '/windows/apply-rules';

/**
 * Completes what `@nestjs/swagger` made of the module's routes: bodies, query parameters, answers and problems. What it knows nothing of
 * stays; a global prefix and a version before the routes make no difference.
 *
 * @param document the result of `SwaggerModule.createDocument`; it is changed
 * @param prefix   the option `http.prefix`; defaults to `notifications`
 * @returns the same document
 */
export function describeNotificationRoutes<Document extends { paths: object; components?: object }>(
  document: Document,
  prefix: string = DEFAULT_PREFIX,
): Document {
  const base = `/${prefix.replace(/^\/|\/$/g, '')}`;
  const paths = document.paths as Paths;
  // What a host may have put before the prefix. A path of the host's own that ends in the prefix is not described.
  const roots = Object.keys(paths).filter((path) => path.endsWith(base + UNMISTAKABLE));
  if (roots.length === 0) return document;
  for (const root of roots.map((path) => path.slice(0, -UNMISTAKABLE.length))) {
    for (const description of ROUTE_DESCRIPTIONS) {
      const [method = '', path = ''] = description.route.split(' ');
      const operation = paths[root + path]?.[method];
      if (operation !== undefined) describe(operation, description);
    }
  }
  const components = (document.components ?? {}) as { readonly schemas?: object };
  document.components = {
    ...components,
    schemas: { ...components.schemas, Notification: NOTIFICATION_SCHEMA, ...VIEW_SCHEMAS },
  };
  return document;
}

function describe(operation: Operation, { what, query = {}, required = [], body, bodyType, ...rest }: RouteDescription): void {
  operation.summary = what;
  const inPath = (operation.parameters ?? []).filter((parameter) => parameter.in !== 'query');
  const inQuery = Object.entries(query).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    schema,
  }));
  operation.parameters = [...inPath, ...inQuery];
  if (body !== undefined) operation.requestBody = { required: true, content: contentOf(bodyType, body) };
  operation.responses = {
    [rest.status]: { description: what, content: contentOf(rest.answerType, rest.answer) },
    default: { description: 'A problem', content: contentOf('application/problem+json', ref('NotificationProblem')) },
  };
}

function contentOf(type: string = JSON_TYPE, schema: Schema): Readonly<Record<string, { readonly schema: Schema }>> {
  return { [type]: { schema } };
}
