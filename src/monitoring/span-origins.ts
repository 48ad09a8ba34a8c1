/** Messages that are remembered; the oldest are forgotten first. */
const MAX_MESSAGES = 10_000;
/** Spans that are remembered of one message. */
const MAX_SPANS = 128;

/** The spans that a message comes from, as long as this instance remembers them: a restart forgets all of them. */
export class SpanOrigins<Context> {
  private readonly byMessage = new Map<string, Context[]>();

  add(messageId: string, context: Context): void {
    const known = this.byMessage.get(messageId);
    if (known === undefined) this.replace(messageId, context);
    else if (known.length < MAX_SPANS) known.push(context);
  }

  replace(messageId: string, context: Context): void {
    this.byMessage.set(messageId, [context]);
    if (this.byMessage.size <= MAX_MESSAGES) return;
    const [oldest] = this.byMessage.keys();
    if (oldest !== undefined) this.byMessage.delete(oldest);
  }

  of(messageId: string): readonly Context[] {
    return this.byMessage.get(messageId) ?? [];
  }

  forget(messageId: string): void {
    this.byMessage.delete(messageId);
  }
}
