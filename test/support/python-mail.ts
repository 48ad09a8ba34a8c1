import { spawnSync } from 'node:child_process';
import { ensureProgram } from './provision.js';

/** A mail as Python's `email` package reads it. */
export interface PythonMail {
  /** Every header of the message, in order. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Defects of the message, of its headers and of its parts, by class name. */
  readonly defects: readonly string[];
  readonly contentType: string;
  readonly text: string | null;
  readonly html: string | null;
}

const PYTHON = ensureProgram('python3', { package: 'python3' });
const PROGRAM = `
import sys, json, email, email.policy
def read(raw):
    m = email.message_from_bytes(raw.encode('utf-8', 'surrogateescape'), policy=email.policy.default)
    defects = [type(d).__name__ for p in m.walk() for d in p.defects]
    defects += [type(d).__name__ for p in m.walk() for _, v in p.items() for d in getattr(v, 'defects', ())]
    def body(kind):
        part = m.get_body(preferencelist=(kind,))
        return None if part is None else part.get_content()
    return {'headers': [[k, str(v)] for k, v in m.items()], 'defects': defects,
            'contentType': m.get_content_type(), 'text': body('plain'), 'html': body('html')}
json.dump([read(raw) for raw in json.load(sys.stdin)], sys.stdout)
`;

/** Reads raw messages with another language's parser (`email.policy.default`), as an independent witness. */
export function readWithPython(raws: readonly string[]): readonly PythonMail[] {
  const { status, stdout, stderr } = spawnSync(PYTHON, ['-c', PROGRAM], {
    input: JSON.stringify(raws),
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
  });
  if (status !== 0) throw new Error(`python3 could not read the mails: ${stderr}`);
  return JSON.parse(stdout) as readonly PythonMail[];
}
