import { type BuiltInType } from '../../model/notification.js';

const BUILT_IN: Readonly<Record<BuiltInType, readonly [one: string, many: string]>> = {
  system_update: ['system update', 'system updates'],
  approval_request: ['approval request', 'approval requests'],
  alert: ['alert', 'alerts'],
  reminder: ['reminder', 'reminders'],
  announcement: ['announcement', 'announcements'],
};

/** Types that a summary names; the rest are counted together. */
const NAMED_TYPES = 3;

/** "12 system updates", "1 alert", "3 build failed". */
export function typeCount(type: string, count: number): string {
  const [one, many] = isBuiltIn(type) ? BUILT_IN[type] : [typeName(type), typeName(type)];
  return `${count} ${count === 1 ? one : many}`;
}

/** A type in words: "system update", "build failed". */
export function typeName(type: string): string {
  return isBuiltIn(type) ? BUILT_IN[type][0] : type.replaceAll('_', ' ');
}

/** What a digest holds: "12 system updates", "12 build failed notifications", "5 notifications: 3 alerts, 2 reminders". */
export function digestSummary(count: number, types: readonly { readonly type: string; readonly count: number }[]): string {
  const [first, ...others] = types;
  const notifications = count === 1 ? 'notification' : 'notifications';
  if (first !== undefined && others.length === 0) {
    return isBuiltIn(first.type) ? typeCount(first.type, count) : `${typeCount(first.type, count)} ${notifications}`;
  }
  const named = types.slice(0, NAMED_TYPES);
  const rest = named.reduce((left, { count: part }) => left - part, count);
  const parts = [...named.map(({ type, count: part }) => typeCount(type, part)), ...(rest > 0 ? [`${rest} more`] : [])];
  return `${count} ${notifications}: ${parts.join(', ')}`;
}

function isBuiltIn(type: string): type is BuiltInType {
  return Object.hasOwn(BUILT_IN, type);
}
