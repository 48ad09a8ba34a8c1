import { existsSync, readFileSync } from 'node:fs';

/** What a transport was given; `outcome` is what it answered. Times are epoch ms. */
export interface RecordedSend {
  readonly instance: string;
  readonly at: number;
  readonly message: string;
  readonly outcome: 'accepted' | 'retry' | 'permanent';
  readonly count: number;
  /** Most that its window may hold. */
  readonly most: number;
  /** Of a window. */
  readonly closedBy: string;
  readonly dueAt: number;
  readonly deliveries: string;
}

/** What instances noted, each in its own file: see `test/chaos/instance.ts`. */
export interface ChaosRecord {
  /** By idempotency key, every answer. */
  readonly answers: ReadonlyMap<string, readonly { readonly delivery: string; readonly message: string }[]>;
  readonly committed: ReadonlySet<string>;
  readonly rolledBack: ReadonlySet<string>;
  readonly cancelled: ReadonlySet<string>;
  readonly sends: readonly RecordedSend[];
  /** From acceptance to sending, ms, ascending. */
  readonly criticalMs: readonly number[];
}

/** @param files by the name of their instance */
export function readRecord(files: ReadonlyMap<string, string>): ChaosRecord {
  const answers = new Map<string, { delivery: string; message: string }[]>();
  const [committed, rolledBack, cancelled] = [new Set<string>(), new Set<string>(), new Set<string>()];
  const sends: RecordedSend[] = [];
  const criticalMs: number[] = [];
  for (const [instance, file] of files) {
    for (const line of existsSync(file) ? readFileSync(file, 'utf8').split('\n') : []) {
      // The last line of a killed process may be torn.
      if (!line.endsWith(';')) continue;
      const [kind, a = '', b = '', c = '', d, e, f = '', g, h = ''] = line.slice(0, -1).split(' ');
      if (kind === 'A') answers.set(a, [...(answers.get(a) ?? []), { delivery: b, message: c }]);
      if (kind === 'T') committed.add(b);
      if (kind === 'R') rolledBack.add(a);
      if (kind === 'C') cancelled.add(a);
      if (kind === 'L') criticalMs.push(Number(a));
      if (kind === 'S') {
        const outcome = c as RecordedSend['outcome'];
        sends.push({
          instance,
          at: Number(a),
          message: b,
          outcome,
          count: Number(d),
          most: Number(e),
          closedBy: f,
          dueAt: Number(g),
          deliveries: h,
        });
      }
    }
  }
  return {
    answers,
    committed,
    rolledBack,
    cancelled,
    sends: sends.sort((a, b) => a.at - b.at),
    criticalMs: criticalMs.sort((a, b) => a - b),
  };
}
