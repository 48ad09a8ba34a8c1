import { type JsonValue, type NotificationContent } from '../../model/notification.js';
import { errorsOf, parsed, parsedContent, UNREADABLE } from '../stored-json.js';
import { type Holder } from './rows.js';

export { errorsOf, UNREADABLE };

/** What a delivery says; `UNREADABLE` when its row is damaged. */
export function contentOf(json: string | null): NotificationContent {
  return parsedContent(json);
}

/** The type that an entry is counted under: that of its holder where its content cannot be read. It is read only when the types of its holder differ. */
export function typeOf(json: string | null, { types, type }: Pick<Holder, 'types' | 'type'>): string {
  const [only = type] = types.keys();
  if (types.size <= 1) return only;
  const content = contentOf(json);
  return content === UNREADABLE ? type : content.type;
}

/** What a transport remembers of its last attempt; undefined when there is none or its row is damaged. */
export function progressOf(progress: string | null): JsonValue | undefined {
  return parsed(progress) as JsonValue | undefined;
}
