import { type Sliced } from './admin-records.js';

/** The slices of one command, one after another. */
export class SliceSequence<Report> {
  private from: { readonly cursor?: string } | undefined = {};

  /** @param step calls the store; `from` holds the cursor of every slice but the first */
  constructor(private readonly step: (from: { readonly cursor?: string }) => Promise<Sliced<Report>>) {}

  /** Does the next slice; undefined when the command is done. */
  async next(): Promise<Report | undefined> {
    if (this.from === undefined) return undefined;
    const report = await this.step(this.from);
    this.from = report.next === undefined ? undefined : { cursor: report.next };
    return report;
  }
}
