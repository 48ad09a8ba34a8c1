import './model/node-version.js';

export { NotificationGateway } from './http/websocket/notification.gateway.js';
