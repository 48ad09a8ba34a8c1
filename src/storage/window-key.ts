import { type NotificationContent } from '../model/notification.js';
import { type WindowPolicy } from '../model/window.js';

/**
 * The name of the group that a delivery gathers with: two deliveries share a window exactly when their keys are equal.
 *
 * @param notBefore the content's `sendAt` when it is still to come: such deliveries gather apart, until that moment
 */
export function windowKey(content: NotificationContent, address: string, policy: WindowPolicy, notBefore?: number): string {
  return [
    content.channel,
    address,
    policy.brake === true ? 'brake' : '',
    grouping(content, policy),
    content.groupKey ?? '',
    notBefore ?? '',
  ]
    .map((part) => `${String(part).length}:${part}`)
    .join('');
}

function grouping(content: NotificationContent, policy: WindowPolicy): string {
  switch (policy.groupBy) {
    case 'type':
      return `type ${content.type}`;
    case 'actor':
      return `actor ${content.actor?.id ?? ''}`;
    case 'groupKey':
    case 'none':
      return policy.groupBy;
  }
}
