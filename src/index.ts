import './model/node-version.js';

export {
  type AggregationStatistics,
  type ApplyRulesResult,
  type FlushResult,
  type WindowPreview,
} from './aggregation/aggregation-results.js';
export { type MessageAttempt, type MessageView } from './aggregation/messages.service.js';
export { BatchAggregationService } from './aggregation/batch-aggregation.service.js';
export { type AggregationOptions } from './config/aggregation-options.js';
export { type TeamsOptions } from './config/teams-options.js';
export { type SlackOptions, type SseBatchOptions, type SseOptions, type WebhookOptions } from './config/channel-options.js';
export { type DefaultsOptions, type DigestOptions, type DigestOrder, type FormattingOptions } from './config/content-options.js';
export { type EmailAccountOptions, type EmailBrandOptions, type EmailOptions } from './config/email-options.js';
export { type ChannelAddress, type HealthOptions } from './config/health-options.js';
export { type MetricsOptions, type MetricsRegistry } from './config/metrics-options.js';
export { type HttpGuard, type HttpOptions, type ResolvedHttpOptions } from './config/http-options.js';
export {
  type AggregationRule,
  type BatchTrigger,
  type ChannelOptions,
  type DkimOptions,
  NOTIFICATION_OPTIONS,
  type NotificationModuleOptions,
  type ResolvedOptions,
  type ResolvedRecipientsOptions,
  type ResolvedPostgresOptions,
  type ResolvedRedisOptions,
  type ResolvedStoreOptions,
  type UncertainPolicy,
} from './config/options.js';
export { type BatchOptions, type DeliveryOptions, type ShutdownOptions } from './config/processing-options.js';
export {
  type BacklogOptions,
  type CleanupOptions,
  type HostPool,
  type HostStore,
  type MemoryOptions,
  type QueueOptions,
  type RetentionOptions,
  type StoreOptions,
} from './config/store-options.js';
export { type DigestEntry, type DigestGroup } from './formatting/digest/digest.js';
export { defineEmailTemplate } from './formatting/email/define-email-template.js';
export { type Formatter, type ImmediateFormatter } from './formatting/formatter.js';
export { type FormatterTarget, NotificationFormatter } from './formatting/notification-formatter.decorator.js';
export {
  type MessageFormatterContext,
  messageFormatterContext,
  type DigestAuthor,
} from './formatting/slack/message-formatter-context.js';
export { type SlackMessageFormatter, SlackMessageFormatterFactory } from './formatting/slack/slack-message-formatter.factory.js';
export { escapeSlack } from './formatting/slack/slack-text.js';
export { describeNotificationRoutes } from './http/openapi/describe-notification-routes.js';
export { MaintenanceService } from './jobs/maintenance.service.js';
export { type BacklogPolicy } from './model/backlog.js';
export { Clock, type TimerHandle } from './model/clock.js';
export { type ContentGrouping } from './model/content-grouping.js';
export { type CloseShape } from './model/decisions/closing.js';
export {
  type AcceptedDelivery,
  type AcceptedNotification,
  type DeliveryInTransaction,
  type DeliveryError,
  type DeliveryState,
  type DeliveryView,
  type DeliveryPlan,
  type NotificationInTransaction,
  type Route,
} from './model/delivery.js';
export { type EndedDelivery, type EndedObserver, type FinalState } from './model/ended-delivery.js';
export { type EmailTemplate, type EmailTemplateView } from './model/email-template.js';
export { type EntryItem } from './model/entry-item.js';
export {
  ConflictError,
  DirectoryUnavailableError,
  type ErrorCode,
  type FieldError,
  HostDirectoryError,
  IdempotencyConflictError,
  InvalidConfigurationError,
  InvalidNotificationError,
  InvalidRequestError,
  NotFoundError,
  NotificationError,
  PreconditionFailedError,
  QueueFullError,
  ShuttingDownError,
  StoreFailedError,
  StoreLockedError,
  StoreNotMigratedError,
  StoreUnusableError,
  StoreVersionError,
  TransactionRequiredError,
  TransactionsUnsupportedError,
  UnknownChannelError,
} from './model/errors.js';
export { StoreMovedError } from './model/move-errors.js';
export { type Failure, type FailureReason } from './model/failure.js';
export {
  type Claim,
  type ClaimedMessage,
  type Lane,
  type MessageEntry,
  type MessageWindow,
  type Outcome,
  type Settlement,
} from './model/message.js';
export {
  type NotificationEvent,
  type NotificationEventMap,
  type NotificationEventName,
  NotificationEvents,
  type ReplannedEvent,
} from './model/notification-events.js';
export {
  type Actor,
  type BuiltInChannel,
  type BuiltInType,
  type ChannelStep,
  type JsonObject,
  type JsonValue,
  type Notification,
  NotificationChannel,
  type NotificationContent,
  NotificationPriority,
  NotificationType,
} from './model/notification.js';
export { type CountedPhrase, type OwnPhrases, type Phrases, type PluralForms, type TypePhrases } from './model/phrases.js';
export { type ReaderSettings, type ReaderSettingsLookup } from './model/reader-settings.js';
export {
  type Choice,
  type ChoiceSource,
  type Frequency,
  type HeldBy,
  type Hours,
  type Preferences,
  type PreferencesPatch,
  type Recipient,
  type TenantChoice,
  type TenantChoices,
  type Weekday,
} from './model/recipient.js';
export { type ReadFilter } from './recipients/read-filter.js';
export { type RecipientProfile } from './recipients/recipient-records.js';
export {
  type EffectiveChoice,
  type PreferencesChange,
  type RecipientView,
  type WaitingView,
} from './recipients/recipient-views.js';
export { RecipientService } from './recipients/recipient.service.js';
export { type Replanned } from './recipients/replanning.js';
export { RecipientDirectory, type RecipientDirectorySource } from './model/recipient-directory.js';
export {
  type ClosedWindow,
  type CloseReason,
  type GroupBy,
  type OpeningRule,
  type OpeningRules,
  type RecipientPlan,
  type RenderKeep,
  type Schedule,
  type WindowPolicy,
  type Expiring,
  type WindowTimes,
} from './model/window.js';
export {
  type NotificationModuleAsyncOptions,
  type NotificationModuleRootOptions,
  type NotificationOptionsFactory,
} from './module/host-options.js';
export { OnNotification } from './module/on-notification.decorator.js';
export { type BusyAddress } from './monitoring/busiest-addresses.js';
export { type EventLoopDelayView } from './monitoring/event-loop-delay.js';
export { type HealthEntry } from './monitoring/health-indicators.js';
export { type HealthReport, HealthService, type ReadinessReport } from './monitoring/health.service.js';
export { type Quantiles } from './monitoring/histogram.js';
export { MetricsService } from './monitoring/metrics.service.js';
export {
  type AddressStatistics,
  type SentBatchStatistics,
  type ChannelStatistics,
  type InstanceView,
  type Statistics,
  type TimeStatistics,
} from './monitoring/statistics.js';
export { type BusiestAddressesView, StatisticsService } from './monitoring/statistics.service.js';
export { NotificationModule } from './notification.module.js';
export { BatchProcessorService } from './processing/batch-processor.service.js';
export {
  type BatchStatistics,
  type ChannelBatchStatistics,
  type ChannelStatus,
  type ShutdownReport,
} from './processing/batch-statistics.js';
export { type ProcessingFailure } from './processing/processing-failure.js';
export { type BreakerState } from './model/breaker.js';
export { type ChannelPause } from './processing/channel-state.js';
export { type EnqueueManyReport } from './queue/enqueue-stream.js';
export { type QueueStatistics } from './queue/queue-statistics.js';
export { QueueService } from './queue/queue.service.js';
export * from './store-port.js';
export { type SuppressionRequest, type SuppressionResult, SuppressionService } from './suppression/suppression.service.js';
export { type SuppressionView } from './suppression/suppression-view.js';
export { type SuppressionReason } from './model/suppression.js';
export { type RecipientsOptions } from './config/recipient-options.js';
export { type EmailAttachment, type EmailContent } from './transports/email/email-content.js';
export { EmailTransport } from './transports/email/email.transport.js';
export {
  NotificationTransport,
  type NotificationTransportOptions,
  type TransportTarget,
} from './transports/notification-transport.decorator.js';
export { type SlackContent, type SlackPage } from './transports/slack/slack-content.js';
export { SlackTransport } from './transports/slack/slack.transport.js';
export { type SseBatch, type SseItem } from './transports/sse/sse-content.js';
export { SseTransport } from './transports/sse/sse.transport.js';
export {
  type OutgoingMessage,
  type PoolStatistics,
  type SendContext,
  type SendResult,
  type Transport,
  type TransportHealth,
  type TransportState,
} from './transports/transport.js';
export { type NotificationAttachment, type StoredAttachment } from './model/email-attachment.js';
export { type EmailFields, type StoredEmailFields } from './model/email-fields.js';
export { type FcmDevice, type PushDevice, type WebPushDevice } from './model/push-device.js';
export { type PushOptions, type ResolvedPushOptions } from './config/push-options.js';
export { type PushContent, type PushPayload } from './transports/push/push-content.js';
export { PushDevices, type RegisteredDevice } from './transports/push/push-devices.js';
export { type ServiceAccount } from './transports/push/fcm-account.js';
export { PushTransport } from './transports/push/push.transport.js';
export { generateVapidKeys } from './transports/push/vapid.js';
export { type AdaptiveCard, type CardElement, type TeamsContent } from './transports/teams/teams-content.js';
export { TeamsTransport } from './transports/teams/teams.transport.js';
export { type WebhookContent, type WebhookItem } from './transports/webhook/webhook-content.js';
export { WebhookTransport } from './transports/webhook/webhook.transport.js';
