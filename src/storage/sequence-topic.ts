/** The signal (`SharedState.publish`) that there is more in a channel's sequence; it has no payload. */
export function sequenceTopic(channel: string): string {
  return `sequence ${channel}`;
}
