import { Controller, type INestApplication, Module, Post, VersioningType } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { describeNotificationRoutes } from '../../src/index.js';
import { generateVapidKeys } from '../../src/transports/push/vapid.js';
import { ROUTE_DESCRIPTIONS } from '../../src/http/openapi/route-descriptions.js';
import { createNotificationTestingModule } from '../../src/testing.js';
import { ONE_REQUEST } from '../support/one-request.js';

@Controller('users/:id/notifications')
class OwnController {
  @Post()
  own(): void {}
}

@Module({
  imports: [
    createNotificationTestingModule({
      http: { open: true, prefix: '/mail/' },
      push: { subject: 'mailto:ops@example.com', ...generateVapidKeys() },
    }).module,
  ],
  controllers: [OwnController],
})
class HostModule {}

interface Operation {
  readonly summary?: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly requestBody?: unknown;
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, { readonly schema?: object }>> }>>;
}

/** A value for a query parameter, or for that of one route. */
const VALUES: Readonly<Record<string, string>> = {
  limit: '5',
  from: '2026-11-20',
  to: '2026-11-21T09:00:00Z',
  stepMs: '60000',
  reason: 'timed_out',
  state: 'delivered',
  dismissed: 'true',
  ended: 'true',
  'get /suppressions reason': 'complaint',
};

describe('describeNotificationRoutes, for a host with a global prefix and a version', () => {
  let app: INestApplication;
  let paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  let text: string;
  let components: Readonly<Record<string, unknown>>;
  const ROOT = '/api/v1/mail';

  beforeAll(async () => {
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Nest types its options as a class
    app = await NestFactory.create(HostModule, { logger: false });
    app.setGlobalPrefix('api');
    app.enableVersioning({ type: VersioningType.URI, defaultVersion: '1' });
    await app.listen(0, '127.0.0.1');
    const made = SwaggerModule.createDocument(app, new DocumentBuilder().build());
    const document = describeNotificationRoutes(made, 'mail');
    expect(document).toBe(made);
    ({ paths } = document as unknown as { readonly paths: typeof paths });
    components = document.components?.schemas ?? {};
    text = JSON.stringify(document);
  });

  afterAll(() => app.close());

  it('describes every route, and no route that is not there', () => {
    const operations = Object.entries(paths)
      .filter(([path]) => path === ROOT || path.startsWith(`${ROOT}/`))
      .flatMap(([path, byMethod]) => Object.keys(byMethod).map((method) => `${method} ${path.slice(ROOT.length)}`));
    expect(operations.toSorted()).toEqual(ROUTE_DESCRIPTIONS.map(({ route }) => route).toSorted());
  });

  it('gives each one an answer with a schema, and a problem', () => {
    for (const { route, status, answerType = 'application/json' } of ROUTE_DESCRIPTIONS) {
      const [method = '', path = ''] = route.split(' ');
      const operation = paths[ROOT + path]?.[method];
      expect([route, operation?.summary]).toEqual([route, expect.any(String)]);
      const answer = operation?.responses[String(status)];
      expect([route, answer?.content?.[answerType]?.schema]).toEqual([
        route,
        answerType === 'none' ? undefined : expect.any(Object),
      ]);
      expect(operation?.responses['default']?.content).toHaveProperty(['application/problem+json']);
      for (const [, name = ''] of path.matchAll(/\{(\w+)\}/g)) {
        expect(operation?.parameters).toContainEqual(expect.objectContaining({ name, in: 'path' }));
      }
    }
    expect(paths[ROOT]?.['post']?.requestBody).toMatchObject({
      content: { 'application/json': { schema: { $ref: '#/components/schemas/Notification' } } },
    });
  });

  it('refers only to schemas that are there', () => {
    const names = [...text.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name = '']) => name);
    expect(names.length).toBeGreaterThan(10);
    expect([...new Set(names)].filter((name) => !(name in components))).toEqual([]);
  });

  it('names only query parameters that the route takes', async () => {
    const base = `${await app.getUrl()}${ROOT}`;
    const channel = 'email';
    for (const { route, query = {}, answerType } of ROUTE_DESCRIPTIONS) {
      const [method = '', path = ''] = route.split(' ');
      if (method !== 'get' || answerType === 'text/event-stream') continue;
      for (const name of Object.keys(query)) {
        if (name === 'cursor') continue;
        const asked = new URLSearchParams({
          ...('channel' in query ? { channel } : {}),
          [name]: VALUES[`${route} ${name}`] ?? VALUES[name] ?? 'email',
        });
        const { status } = await fetch(`${base}${path}?${String(asked)}`, { headers: ONE_REQUEST });
        // A link that nobody signed leads nowhere.
        expect([route, name, status]).toEqual([route, name, path === '/unsubscribe' ? 404 : 200]);
      }
    }
  });

  it("leaves the host's own routes alone", () => {
    const own = paths['/api/v1/users/{id}/notifications']?.['post'];
    expect(own?.responses).toEqual({ '201': { description: '' } });
    const document = { paths: { '/notifications': { post: {} } } };
    expect(describeNotificationRoutes(document)).toEqual({ paths: { '/notifications': { post: {} } } });
  });
});
