import './model/node-version.js';

export { NotificationHealthIndicator, type NotificationHealthResult } from './monitoring/notification-health.indicator.js';
