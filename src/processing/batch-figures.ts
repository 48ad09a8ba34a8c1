import { Injectable } from '@nestjs/common';
import { type BatchStatistics } from './batch-statistics.js';

/** What is known of batches, for parts that the processor itself depends on. */
@Injectable()
export class BatchFigures {
  private source: (() => BatchStatistics) | undefined;

  /** Called once by the processor. */
  readFrom(source: () => BatchStatistics): void {
    this.source = source;
  }

  /** @throws Error before the processor was made */
  read(): BatchStatistics {
    if (this.source === undefined) throw new Error('the statistics of batches were read before the processor was made');
    return this.source();
  }
}
