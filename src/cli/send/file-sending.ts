import type { Clock } from '../../model/clock.js';
import type { JsonValue } from '../../model/notification.js';
import { type CommandContext, FailedCommandError } from '../command.js';
import { shown } from '../table.js';
import { type BulkSender, type OutgoingLine, PART_LINES, type PartReport } from './bulk-sender.js';
import { type FieldPath, hasField, setField } from './field-path.js';
import { type InputLine, type InputNotification } from './input-line.js';
import { Progress } from './progress.js';

/** What is sent. */
export interface FilePlan {
  /** Of the idempotency keys. */
  readonly name: string;
  /** Bytes; undefined for a stream. */
  readonly size: number | undefined;
  /** Lines before this one are skipped. */
  readonly fromLine: number;
  /** Fields of every notification that says nothing of them. */
  readonly fields: readonly (readonly [path: FieldPath, value: string])[];
}

interface Rejection {
  readonly line: number;
  readonly message: string;
}

/** So many lines that were rejected are listed. */
const MAX_LISTED = 100;
/** Bytes of a part's notifications, above which it is sent: the application's limits hold for a single line. */
const PART_BYTES = 1024 * 1024;

/** Sends the notifications of one input part by part, in order, and knows how far it is. */
export class FileSending {
  private readonly progress: Progress;
  private readonly listed: Rejection[] = [];
  /** Reasons that were shown where there is no terminal: each once. */
  private readonly waitedFor = new Set<string>();
  private accepted = 0;
  private duplicates = 0;
  private rejected = 0;
  /** Everything up to here is settled. */
  private doneLine: number;
  private bytesRead = 0;

  constructor(
    private readonly plan: FilePlan,
    clock: Clock,
    private readonly context: CommandContext,
  ) {
    this.progress = new Progress(clock, context);
    this.doneLine = plan.fromLine - 1;
  }

  get hasRejected(): boolean {
    return this.rejected > 0;
  }

  /** The same bytes, counted. */
  async *counted(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const part of bytes) {
      this.bytesRead += part.byteLength;
      yield part;
    }
  }

  /** @throws FailedCommandError when nothing of the first part is accepted, and what the sender throws */
  async run(lines: AsyncIterable<InputLine>, sender: BulkSender): Promise<void> {
    let part: OutgoingLine[] = [];
    let problems: Rejection[] = [];
    let bytes = 0;
    let lastLine = this.doneLine;
    const flush = async (): Promise<void> => {
      const report = part.length === 0 ? { accepted: 0, duplicates: 0, rejected: [] } : await sender.send(part);
      this.settle(report, problems);
      this.doneLine = lastLine;
      part = [];
      problems = [];
      bytes = 0;
    };
    for await (const input of lines) {
      if (input.line < this.plan.fromLine) continue;
      lastLine = input.line;
      if ('problem' in input) problems.push({ line: input.line, message: input.problem });
      else {
        const notification = this.completed(input.line, input.notification);
        part.push({ line: input.line, notification });
        bytes += Buffer.byteLength(JSON.stringify(notification));
      }
      if (part.length + problems.length < PART_LINES && bytes < PART_BYTES) continue;
      const isFirst = this.accepted + this.duplicates + this.rejected === 0;
      await flush();
      if (isFirst && this.accepted + this.duplicates === 0)
        throw new FailedCommandError('every one of the first lines was rejected');
    }
    if (part.length + problems.length > 0) await flush();
  }

  /** Shows why nothing is sent for a while. */
  waits(reason: string): void {
    this.progress.show(`waiting: ${reason}`);
    if (this.context.showsProgress || this.waitedFor.has(reason)) return;
    this.waitedFor.add(reason);
    this.context.complain(`waiting: ${shown(reason)}\n`);
  }

  howToGoOn(file: string): string {
    if (this.doneLine < this.plan.fromLine) return `nothing was accepted; send ${file} again`;
    const next = `everything up to line ${this.doneLine} is settled: go on with --from-line ${this.doneLine + 1} --key ${this.plan.name}`;
    return `${next}, or send all of it again with that key within 24 hours`;
  }

  printReport(asJson: boolean): void {
    this.progress.clear();
    const { accepted, duplicates, rejected, doneLine } = this;
    if (asJson) {
      const report = { accepted, duplicates, rejected, doneLine, errors: this.listed };
      this.context.print(`${JSON.stringify(report, undefined, 2)}\n`);
      return;
    }
    for (const { line, message } of this.listed) this.context.complain(`line ${line}: ${shown(message)}\n`);
    if (rejected > this.listed.length) this.context.complain(`and ${rejected - this.listed.length} more\n`);
    this.context.print(`${accepted} accepted, ${duplicates} accepted before, ${rejected} rejected\n`);
  }

  private settle(report: PartReport, problems: readonly Rejection[]): void {
    const rejections = [...report.rejected, ...problems].toSorted((a, b) => a.line - b.line);
    this.accepted += report.accepted;
    this.duplicates += report.duplicates;
    this.rejected += rejections.length;
    this.listed.push(...rejections.slice(0, MAX_LISTED - this.listed.length));
    this.progress.show(this.progressText());
  }

  private progressText(): string {
    const sent = this.accepted + this.duplicates + this.rejected;
    const part = this.plan.size === undefined || this.plan.size === 0 ? undefined : this.bytesRead / this.plan.size;
    const bar = part === undefined ? '' : `${Progress.bar(part)} `;
    return `${bar}${sent} sent, ${this.rejected} rejected, ${this.progress.perSecond(sent)}/s`;
  }

  private completed(line: number, notification: InputNotification): InputNotification {
    const whole: Record<string, JsonValue> = { ...notification };
    for (const [path, value] of this.plan.fields) if (!hasField(whole, path)) setField(whole, path, value);
    if (whole['idempotencyKey'] === undefined) whole['idempotencyKey'] = `${this.plan.name}:${line}`;
    return whole;
  }
}
