/** What is known of a reader. */
export interface ReaderSettings {
  /** BCP 47, e.g. `de-AT`. */
  readonly locale?: string;
  /** IANA, e.g. `Europe/Vienna`. */
  readonly timeZone?: string;
}

/** Finds what is known of who reads at an address; undefined: nothing is. It may answer later. */
export type ReaderSettingsLookup = (
  channel: string,
  address: string,
) => ReaderSettings | undefined | PromiseLike<ReaderSettings | undefined>;
