import { readFileSync } from 'node:fs';

/** What a recorded process did, as `recorder.c` writes it. */
export type TraceEvent =
  | { readonly kind: 'create' | 'mkdir' | 'sync' | 'unlink'; readonly path: string }
  | { readonly kind: 'write'; readonly path: string; readonly at: number; readonly bytes: Buffer }
  | { readonly kind: 'truncate'; readonly path: string; readonly size: number }
  | { readonly kind: 'rename'; readonly path: string; readonly to: string }
  | { readonly kind: 'note'; readonly text: string };

export function readTrace(file: string): readonly TraceEvent[] {
  const trace = readFileSync(file);
  const events: TraceEvent[] = [];
  for (let at = 0; at < trace.length;) {
    const end = trace.indexOf(0x0a, at);
    const line = trace.subarray(at, end).toString();
    at = end + 1;
    const [kind, path = '', first = '', second = ''] = line.split(' ');
    switch (kind) {
      case 'create':
      case 'mkdir':
      case 'sync':
      case 'unlink':
        events.push({ kind, path });
        break;
      case 'write':
        events.push({ kind, path, at: Number(first), bytes: trace.subarray(at, at + Number(second)) });
        at += Number(second);
        break;
      case 'truncate':
        events.push({ kind, path, size: Number(first) });
        break;
      case 'rename':
        events.push({ kind, path, to: first });
        break;
      case 'note':
        events.push({ kind, text: line.slice('note '.length) });
        break;
      default:
        throw new Error(`the trace has a line that nobody wrote: ${line.slice(0, 100)}`);
    }
  }
  return events;
}
