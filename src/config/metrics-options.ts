import { isRecord } from '../model/record.js';
import { option, type SettingsOf } from './setting.js';
import { valueOf } from './value-reader.js';

/** The part of prom-client's `Registry` that the module uses: a host may have another copy of prom-client (14.2 or later). */
export interface MetricsRegistry {
  /** Adds a metric. */
  registerMetric(metric: never): void;
  /** The metric of a name; undefined when there is none. */
  getSingleMetric(name: string): unknown;
  /** Removes the metric of a name. */
  removeSingleMetric(name: string): void;
}

/** Where the metrics are besides `GET /notifications/metrics`. */
export interface MetricsOptions {
  /**
   * The host's own registry of prom-client. The module registers its metrics in it (`nestjs_digest_*`) and removes them when the application
   * closes. None by default. No variable.
   */
  readonly registry?: MetricsRegistry | undefined;
}

const METHODS = ['registerMetric', 'getSingleMetric', 'removeSingleMetric'] as const satisfies readonly (keyof MetricsRegistry)[];

const isRegistry = (value: unknown): boolean => isRecord(value) && METHODS.every((method) => typeof value[method] === 'function');

export const METRICS_SETTINGS = {
  registry: option<MetricsRegistry | undefined>(valueOf(isRegistry, 'a Registry of prom-client'), undefined),
} satisfies SettingsOf<MetricsOptions>;
