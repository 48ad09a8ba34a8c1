import { execFileSync } from 'node:child_process';
import { ensureProgram } from './provision.js';

ensureProgram('dkimverify', { package: 'python3-dkim' });

/** Debian's own Python, which has the package. */
const PYTHON = '/usr/bin/python3';
const PROGRAM = `
import base64, dkim, json, sys
asked = json.load(sys.stdin)
record = ("v=DKIM1; k=rsa; p=" + asked["key"]).encode()
names = []
def dns(name, timeout=5):
    names.append(name.decode().rstrip("."))
    return record
print(json.dumps({"valid": dkim.verify(base64.b64decode(asked["mail"]), dnsfunc=dns), "asked": names}))
`;

/** Whether a mail's DKIM signature holds for dkimpy, and where it looked for the key. @param publicKey DER, base64 */
export function verifyDkim(mail: string, publicKey: string): { readonly valid: boolean; readonly asked: readonly string[] } {
  const input = JSON.stringify({ mail: Buffer.from(mail, 'latin1').toString('base64'), key: publicKey });
  const said = execFileSync(PYTHON, ['-c', PROGRAM], { input, encoding: 'utf8' });
  return JSON.parse(said) as { valid: boolean; asked: string[] };
}
