/** What is known of a reader. */
export interface Reader {
  /** BCP 47, e.g. `de-AT`. */
  readonly locale?: string;
  /** IANA, e.g. `Europe/Vienna`. */
  readonly timeZone?: string;
}

/** Finds what is known of who reads at an address; undefined: nothing is. It may answer later. */
export type ReaderLookup = (channel: string, address: string) => Reader | undefined | PromiseLike<Reader | undefined>;
