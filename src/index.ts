export {
  type AggregationStatistics,
  type ApplyRulesResult,
  type FlushResult,
  type WindowPreview,
} from './aggregation/aggregation-results.js';
export { BatchAggregationService } from './aggregation/batch-aggregation.service.js';
export { type HttpOptions, type ResolvedHttpOptions } from './config/http-options.js';
export {
  type AggregationRule,
  type BatchTrigger,
  type ChannelOptions,
  type NotificationModuleOptions,
  type ResolvedOptions,
  type UncertainPolicy,
} from './config/options.js';
export { defineEmailTemplate } from './formatting/email/define-email-template.js';
export { type EmailTemplate, type EmailTemplateView, type Reader } from './model/email-template.js';
export { type BatchFormatterContext, batchFormatterContext } from './formatting/slack/batch-formatter-context.js';
export { SlackMessageFormatterFactory, type SlackMessageFormatter } from './formatting/slack/slack-message-formatter.factory.js';
export { escapeSlack } from './formatting/slack/slack-text.js';
export { type Formatter } from './formatting/formatter.js';
export { type FormatterTarget, NotificationFormatter } from './formatting/notification-formatter.decorator.js';
export { Clock } from './model/clock.js';
export {
  type AcceptedDelivery,
  type DeliveryError,
  type DeliveryState,
  type DeliveryView,
  type Route,
} from './model/delivery.js';
export {
  ConflictError,
  type ErrorCode,
  type FieldError,
  IdempotencyConflictError,
  InvalidConfigurationError,
  InvalidNotificationError,
  InvalidRequestError,
  NotFoundError,
  NotificationError,
  QueueFullError,
  ShuttingDownError,
  StoreFailedError,
  StoreLockedError,
  StoreVersionError,
} from './model/errors.js';
export { type Failure, type FailureReason } from './model/failure.js';
export { type ClaimedMessage, type Lane, type MessageEntry } from './model/message.js';
export {
  type Actor,
  type Notification,
  NotificationChannel,
  type NotificationContent,
  NotificationPriority,
  NotificationType,
} from './model/notification.js';
export { type NotificationEventMap, NotificationEvents } from './model/notification-events.js';
export { type WindowPolicy } from './model/window.js';
export { type NotificationModuleAsyncOptions, NotificationModule } from './notification.module.js';
export { StatisticsService } from './monitoring/statistics.service.js';
export { BatchProcessorService } from './processing/batch-processor.service.js';
export { type BatchStatistics, type ChannelStatus, type ShutdownReport } from './processing/batch-statistics.js';
export { type ChannelPause } from './processing/channel-state.js';
export { type EnqueueManyReport } from './queue/enqueue-stream.js';
export { type QueueStatistics } from './queue/queue-statistics.js';
export { QueueService } from './queue/queue.service.js';
export {
  type CancelFilter,
  type CancelReport,
  type Page,
  type ReplayProgress,
  type WindowFilter,
  type WindowQuery,
  type WindowView,
} from './storage/notification-store.js';
export { type EmailContent } from './transports/email/email-content.js';
export { type SlackContent, type SlackPage } from './transports/slack/slack-content.js';
export { type WebhookContent, type WebhookItem } from './transports/webhook/webhook-content.js';
export { type SseBatch, type SseItem } from './transports/sse/sse-content.js';
export { NotificationTransport } from './transports/notification-transport.decorator.js';
export {
  type OutgoingMessage,
  type PoolStatistics,
  type SendContext,
  type SendResult,
  type Transport,
  type TransportHealth,
  type TransportMemory,
} from './transports/transport.js';
