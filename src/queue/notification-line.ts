/** One item of a stream of notifications, with its position; or why it is none. */
export type NotificationLine =
  { readonly line: number; readonly value: unknown } | { readonly line: number; readonly problem: string };

/** A stream of notifications, counted from 1. */
export async function* numbered(values: Iterable<unknown> | AsyncIterable<unknown>): AsyncGenerator<NotificationLine> {
  let line = 0;
  for await (const value of values) yield { line: ++line, value };
}
