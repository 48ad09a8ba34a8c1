import { describe, expect, it } from '@jest/globals';
import { schemaProblems } from '../../../test/support/json-schema.js';
import { refusalCodes } from './operation.js';
import { PROBLEM_EXAMPLES } from './problem-examples.js';
import { type RouteDescription } from './route-description.js';
import { ROUTE_DESCRIPTIONS, ROUTE_GROUPS } from './route-descriptions.js';
import { type Schema } from './schema.js';
import { VIEW_SCHEMAS } from './view-schemas.js';

const problemsOf = (value: unknown, schema: Schema): readonly string[] => schemaProblems(value, schema, VIEW_SCHEMAS);
const isJson = (type: string | undefined): boolean => (type ?? 'application/json') === 'application/json';

describe('the descriptions of routes', () => {
  it('have a sentence, a name of their own, and a tag with a sentence', () => {
    for (const { tag, description, routes } of ROUTE_GROUPS) {
      expect([tag, description]).toEqual([expect.stringMatching(/^Notifications: /), expect.stringMatching(/\.$/)]);
      for (const { route, what } of routes) expect([route, what]).toEqual([route, expect.stringMatching(/^[A-Z][\s\S]+\.$/)]);
    }
    const names = ROUTE_DESCRIPTIONS.map(({ id }) => id);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[a-z][A-Za-z]+$/);
  });

  it('explain every parameter of a query and of a header', () => {
    const unexplained = ROUTE_DESCRIPTIONS.flatMap(({ route, query = {}, headers = {} }) =>
      Object.entries({ ...query, ...headers })
        .filter(([name, schema]) => schema['description'] === undefined && !(name === 'reason' && 'enum' in schema))
        .map(([name]) => `${route}: ${name}`),
    );
    expect(unexplained).toEqual([]);
  });

  it('have examples for every body and every answer in JSON, which fit their schemas', () => {
    const problems = ROUTE_DESCRIPTIONS.flatMap((route) => exampleProblems(route).map((problem) => `${route.route}${problem}`));
    expect(problems).toEqual([]);
  });

  it('have schemas for all of what they answer: nowhere is anything allowed but in the content of a message', () => {
    const loose = Object.entries({ ...VIEW_SCHEMAS, ...Object.fromEntries(ROUTE_DESCRIPTIONS.map((r) => [r.route, r.answer])) })
      .flatMap(([name, schema]) => anythingIn(schema, name))
      .filter((path) => !path.endsWith('.content') && path !== 'Notification.data');
    expect(loose).toEqual([]);
  });

  it('say what a route is refused with, by an answer as the routes give it', () => {
    for (const [code, example] of Object.entries(PROBLEM_EXAMPLES)) {
      expect([code, example.code, problemsOf(example, VIEW_SCHEMAS['NotificationProblem'] ?? {})]).toEqual([code, code, []]);
    }
    const named = new Set(ROUTE_DESCRIPTIONS.flatMap((route) => [...refusalCodes(route)]));
    // The limit of requests is a host's own.
    expect(Object.keys(PROBLEM_EXAMPLES).filter((code) => !named.has(code as never))).toEqual(['too_many_requests']);
  });
});

function exampleProblems({ body, bodyType, bodies, answer, answerType, example }: RouteDescription): readonly string[] {
  const ofBodies =
    body === undefined || !isJson(bodyType)
      ? []
      : bodies === undefined
        ? [' has no example of its body']
        : Object.entries(bodies).flatMap(([name, value]) => problemsOf(value, body).map((problem) => ` body ${name}${problem}`));
  const ofAnswer = !isJson(answerType)
    ? []
    : example === undefined
      ? [' has no example of its answer']
      : problemsOf(example, answer).map((problem) => ` answer${problem}`);
  return [...ofBodies, ...ofAnswer];
}

/** Where a schema allows anything. */
function anythingIn(schema: unknown, path: string): readonly string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const { properties = {}, items, oneOf = [], additionalProperties: others, ...rest } = schema as Record<string, unknown>;
  const here = ['type', '$ref', 'enum'].some((keyword) => keyword in rest) || 'oneOf' in schema ? [] : [path];
  return [
    ...(others === true ? [path] : here),
    ...Object.entries(properties as object).flatMap(([name, member]) => anythingIn(member, `${path}.${name}`)),
    ...(oneOf as unknown[]).flatMap((one) => anythingIn(one, path)),
    ...anythingIn(items, `${path}[]`),
    ...anythingIn(others, `${path}.*`),
  ];
}
