import type { JsonValue } from '../../model/notification.js';

/** The fields of a notification that was read, unchecked: the application checks them. */
export type InputNotification = Readonly<Record<string, JsonValue>>;

/** What stands at a line of the input, from 1: a notification, or why there is none. */
export type InputLine =
  { readonly line: number; readonly notification: InputNotification } | { readonly line: number; readonly problem: string };
