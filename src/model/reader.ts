/** What is known of a reader. */
export interface Reader {
  /** BCP 47, e.g. `de-AT`. */
  readonly locale?: string;
  /** IANA, e.g. `Europe/Vienna`. */
  readonly timeZone?: string;
}
