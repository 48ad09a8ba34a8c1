import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { HttpApplication } from '../support/http-application.js';

interface Dashboard {
  readonly panels: readonly {
    readonly id: number;
    readonly title: string;
    readonly targets: readonly { readonly expr: string }[];
  }[];
}

const dashboard = JSON.parse(readFileSync('docs/grafana/dashboard.json', 'utf8')) as Dashboard;
const alerts = readFileSync('docs/grafana/alerts.yml', 'utf8');
const expressions = [
  ...dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
  ...[...alerts.matchAll(/^ +expr: (.+)$/gm)].map(([, expr = '']) => expr),
];
const METRIC = /\bnestjs_digest_\w+/g;
/** What Prometheus itself adds to a sample. */
const SCRAPED = ['instance', 'le'];

/** Labels by the name of a sample, as `GET metrics` has them. */
const samples = new Map<string, Map<string, Set<string>>>();
let families: readonly string[];

beforeAll(async () => {
  const app = await HttpApplication.start({ batch: { maxAttempts: 1, timeoutMs: 10 }, webhook: { allowPrivate: true } });
  const dead = app.ended('dead', 1);
  const sent = app.ended('delivered', 1);
  await app.post('', { type: 'x', channel: 'webhook', to: 'http://127.0.0.1:9/', title: 'a', priority: 'critical' });
  await app.post('', { type: 'news', channel: 'email', to: 'ann@example.com', title: 'a' });
  await app.post('/flush', {});
  await Promise.all([dead, sent]);
  const { text } = await app.get('/metrics');
  families = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) => name);
  for (const [, name = '', labels = ''] of text.matchAll(/^([a-z]\w+)(?:\{(.*)\})? \S+$/gm)) {
    const known = samples.get(name) ?? new Map<string, Set<string>>();
    samples.set(name, known);
    for (const [, label = '', value = ''] of labels.matchAll(/(\w+)="([^"]*)"/g)) {
      known.set(label, (known.get(label) ?? new Set()).add(value));
    }
  }
});

describe('the dashboard and the alert rules', () => {
  it('use names of metrics that exist, with labels that these have', () => {
    expect(expressions.length).toBeGreaterThan(25);
    for (const expression of expressions) {
      const names = expression.match(METRIC) ?? [];
      expect(names).not.toEqual([]);
      const known = new Set(SCRAPED);
      for (const name of names) {
        expect({ expression, isThere: samples.has(name) }).toEqual({ expression, isThere: true });
        for (const label of samples.get(name)?.keys() ?? []) known.add(label);
      }
      const used = [...expression.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list = '']) => list.split(', '));
      const selected = [...expression.matchAll(/(\w+)=~?"/g)].map(([, label = '']) => label);
      expect({ expression, unknown: [...used, ...selected].filter((label) => !known.has(label)) }).toEqual({
        expression,
        unknown: [],
      });
    }
  });

  it('select values that the labels have', () => {
    for (const expression of expressions) {
      for (const [, name = '', label = '', values = ''] of expression.matchAll(/(nestjs_digest_\w+)\{(\w+)=~?"([^"]*)"/g)) {
        expect([...(samples.get(name)?.get(label) ?? [])]).toEqual(expect.arrayContaining(values.split('|')));
      }
    }
  });

  it('show every metric that there is', () => {
    const text = expressions.join('\n');
    expect(families.filter((name) => name.startsWith('nestjs_digest_') && !text.includes(name))).toEqual([]);
  });

  it('have panels with their own ids, and alerts that say what to do', () => {
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
    const rules = alerts.split(/^ +- alert: /m).slice(1);
    expect(rules.length).toBeGreaterThan(5);
    for (const rule of rules)
      expect(rule).toMatch(
        /^\w+\n +expr: .+\n(?: +for: \d+m\n)? +labels: .+\n +annotations:\n +summary: .+\n +description: .+\n/,
      );
  });
});
