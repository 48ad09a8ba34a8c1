import { PROBLEM_EXAMPLES, type RefusalCode } from './problem-examples.js';
import { type Access, type RouteDescription } from './route-description.js';
import { ref, type Schema, TEXT } from './schema.js';

/** A parameter as `@nestjs/swagger` makes it, and as it is described here. */
export interface Parameter {
  readonly name?: string;
  readonly in?: string;
  readonly required?: boolean;
  readonly description?: unknown;
  readonly schema?: Schema;
}

/** An operation of the document, as far as it is described here. */
export interface Operation {
  operationId?: string;
  tags?: readonly string[];
  summary?: string;
  description?: string;
  parameters?: readonly Parameter[];
  requestBody?: unknown;
  responses?: Record<string, unknown>;
  security?: readonly unknown[];
}

type Content = Readonly<Record<string, object>>;

const JSON_TYPE = 'application/json';
const PROBLEM_TYPE = 'application/problem+json';
/** The answer has no body. */
const NO_BODY = 'none';
const PROBLEM = ref('NotificationProblem');

/** What each access may be refused with, whatever the route does. */
const REFUSALS: Readonly<Record<Access, readonly RefusalCode[]>> = {
  token: ['unauthorized', 'forbidden', 'shutting_down', 'store_failed', 'internal_error'],
  ticket: ['unauthorized', 'forbidden', 'shutting_down', 'store_failed', 'internal_error'],
  link: ['forbidden', 'shutting_down', 'store_failed', 'internal_error'],
  open: ['internal_error'],
};

const PATH_PARAMETERS: Readonly<Record<string, string>> = {
  id: 'The id of it.',
  messageId: 'The id of the message.',
  channel: 'A registered channel.',
  address: 'An address of the channel.',
  file: 'The name of the file.',
  index: 'Which of its forms, from 0.',
};

/**
 * Says what is known of a route.
 *
 * @param operation is changed
 * @param named     whether it gets the name of the route: names are unique in a document
 */
export function describeOperation(operation: Operation, route: RouteDescription, tag: string, named: boolean): void {
  if (named) operation.operationId = route.id;
  operation.tags = [tag];
  operation.summary = route.what;
  if (route.more !== undefined) operation.description = route.more;
  operation.parameters = parametersOf(operation.parameters ?? [], route);
  if (route.body !== undefined) operation.requestBody = { required: true, content: bodyOf(route, route.body) };
  operation.responses = responsesOf(route);
  if (route.access === 'open' || route.access === 'link') operation.security = [];
}

function parametersOf(
  made: readonly Parameter[],
  { query = {}, required = [], headers = {} }: RouteDescription,
): readonly Parameter[] {
  const inPath = made
    .filter((parameter) => parameter.in === 'path')
    .map((parameter) => ({ ...parameter, description: PATH_PARAMETERS[parameter.name ?? ''] ?? '', schema: TEXT }));
  const parameter = (place: string, name: string, { description, ...schema }: Schema): Parameter => ({
    name,
    in: place,
    required: required.includes(name),
    ...(description === undefined ? {} : { description }),
    schema,
  });
  return [
    ...inPath,
    ...Object.entries(query).map(([name, schema]) => parameter('query', name, schema)),
    ...Object.entries(headers).map(([name, schema]) => parameter('header', name, schema)),
  ];
}

function bodyOf({ bodyType = JSON_TYPE, bodies }: RouteDescription, schema: Schema): Content {
  const examples = bodies === undefined ? undefined : namedExamples(bodies);
  return { [bodyType]: { schema, ...(examples === undefined ? {} : { examples }) } };
}

function responsesOf(route: RouteDescription): Record<string, unknown> {
  const { answer, answerType = JSON_TYPE, example } = route;
  const content = { [answerType]: { schema: answer, ...(example === undefined ? {} : { example }) } };
  const responseOf = (description: string): object => (answerType === NO_BODY ? { description } : { description, content });
  const succeeded = { [route.status]: responseOf(route.what) };
  const also = Object.entries(route.also ?? {}).map(([status, what]) => [status, responseOf(what)] as const);
  return {
    ...refusalsOf(route),
    ...succeeded,
    ...Object.fromEntries(also),
    default: { description: 'A problem.', content: { [PROBLEM_TYPE]: { schema: PROBLEM } } },
  };
}

/** By status, an example for each code. */
function refusalsOf(route: RouteDescription): Readonly<Record<number, object>> {
  const byStatus = new Map<number, RefusalCode[]>();
  for (const code of refusalCodes(route)) {
    const { status } = PROBLEM_EXAMPLES[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => {
      const examples = namedExamples(Object.fromEntries(codes.map((code) => [code, PROBLEM_EXAMPLES[code]])));
      return [status, { description: `${codes.join(', ')}.`, content: { [PROBLEM_TYPE]: { schema: PROBLEM, examples } } }];
    }),
  );
}

/** Every code that a route may be refused with. */
export function refusalCodes(route: RouteDescription): ReadonlySet<RefusalCode> {
  const [method = ''] = route.route.split(' ');
  const codes = new Set<RefusalCode>(REFUSALS[route.access ?? 'token']);
  // A body is refused as well where the route takes none.
  if (route.query !== undefined || method !== 'get') codes.add('invalid_request');
  if (method !== 'get') codes.add('unsupported_media_type');
  if (route.body !== undefined) for (const code of ['invalid_json', 'payload_too_large'] as const) codes.add(code);
  for (const code of route.refusals ?? []) codes.add(code);
  return codes;
}

function namedExamples(values: Readonly<Record<string, unknown>>): Readonly<Record<string, { readonly value: unknown }>> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { value }]));
}
