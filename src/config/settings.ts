import { isRecord } from '../model/record.js';
import { type ReaderSettingsLookup } from '../model/reader-settings.js';
import { AGGREGATION_SETTINGS } from './aggregation-options.js';
import { DEFAULTS_SETTINGS, DIGEST_SETTINGS, FORMATTING_SETTINGS } from './content-options.js';
import { SLACK_SETTINGS, SSE_SETTINGS, WEBHOOK_SETTINGS } from './channel-options.js';
import { EMAIL_SETTINGS } from './email-options.js';
import { HEALTH_SETTINGS } from './health-options.js';
import { HTTP_SETTINGS } from './http-options.js';
import { METRICS_SETTINGS } from './metrics-options.js';
import { type ChannelOptions, type NotificationModuleOptions } from './options.js';
import {
  BATCH_SETTINGS,
  CHANNEL_SETTINGS,
  DELIVERY_SETTINGS,
  SHUTDOWN_SETTINGS,
  UNCERTAIN_POLICIES,
  type UncertainPolicy,
} from './processing-options.js';
import { PUSH_SETTINGS } from './push-options.js';
import { readSettings } from './read-settings.js';
import { RECIPIENTS_SETTINGS } from './recipient-options.js';
import { option, type SettingsOf, variable } from './setting.js';
import {
  BACKLOG_SETTINGS,
  CLEANUP_SETTINGS,
  MEMORY_SETTINGS,
  QUEUE_SETTINGS,
  RETENTION_SETTINGS,
  STORE_SETTINGS,
} from './store-options.js';
import { TEAMS_SETTINGS } from './teams-options.js';
import { flag, oneOf, type ValueReader, valueOf } from './value-reader.js';

const perChannel: ValueReader<Readonly<Record<string, ChannelOptions>>> = (value, place) => {
  if (!isRecord(value)) return place.refuse(value, 'an object of options by channel');
  return Object.fromEntries(
    Object.entries(value).map(([channel, given]) => [
      channel,
      readSettings(CHANNEL_SETTINGS, given, {}, place.problems, `${place.name}.${channel}`),
    ]),
  );
};

/** Every option of the module, and the only place that has them all. `http` may also be `true` or `false`: see `resolveOptions`. */
export const SETTINGS = {
  batch: BATCH_SETTINGS,
  perChannel: option(perChannel, {}),
  onUncertain: variable<UncertainPolicy>('ON_UNCERTAIN', oneOf(UNCERTAIN_POLICIES), 'retry'),
  delivery: DELIVERY_SETTINGS,
  shutdown: SHUTDOWN_SETTINGS,
  defaults: DEFAULTS_SETTINGS,
  aggregation: AGGREGATION_SETTINGS,
  digest: DIGEST_SETTINGS,
  formatting: FORMATTING_SETTINGS,
  email: EMAIL_SETTINGS,
  readerSettings: option<ReaderSettingsLookup | undefined>(
    valueOf((value) => typeof value === 'function', 'a function'),
    undefined,
  ),
  slack: SLACK_SETTINGS,
  webhook: WEBHOOK_SETTINGS,
  push: PUSH_SETTINGS,
  teams: TEAMS_SETTINGS,
  sse: SSE_SETTINGS,
  recipients: RECIPIENTS_SETTINGS,
  store: STORE_SETTINGS,
  queue: QUEUE_SETTINGS,
  memory: MEMORY_SETTINGS,
  health: HEALTH_SETTINGS,
  monitoring: option(flag(), true),
  metrics: METRICS_SETTINGS,
  cleanup: CLEANUP_SETTINGS,
  backlog: BACKLOG_SETTINGS,
  retention: RETENTION_SETTINGS,
  http: HTTP_SETTINGS,
} satisfies SettingsOf<NotificationModuleOptions>;
