import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { AttachmentFolder } from './attachment-folder.js';
import { AttachmentReader } from './attachment-reader.js';

let root: string;
let reader: AttachmentReader;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'attachments-'));
  for (const folder of ['in', 'in/deep', 'outside']) mkdirSync(join(root, folder));
  writeFileSync(join(root, 'in', 'a.txt'), 'inside');
  writeFileSync(join(root, 'in', 'deep', 'b.txt'), 'deeper');
  writeFileSync(join(root, 'outside', 'secret.txt'), 'secret');
  symlinkSync('deep/b.txt', join(root, 'in', 'link.txt'));
  symlinkSync('../outside/secret.txt', join(root, 'in', 'escape.txt'));
  symlinkSync('../outside', join(root, 'in', 'elsewhere'));
  symlinkSync('nowhere', join(root, 'in', 'broken'));
  reader = new AttachmentReader(new AttachmentFolder(join(root, 'in')));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

async function problems(value: unknown, most = 1_000, by = reader): Promise<readonly string[]> {
  return (await by.read(value, most)).errors.map(({ path, message }) => `${path}: ${message}`);
}
const named = (over: object) => [{ filename: 'a.txt', ...over }];

describe('attachments of a notification', () => {
  it('are the bytes that were given, whatever they are, with their size and hash', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 3_000 }), { maxLength: 5 }), fc.boolean(), async (files, asBase64) => {
        const given = files.map((bytes, index) => {
          return { filename: `${index}.bin`, content: asBase64 ? Buffer.from(bytes).toString('base64') : bytes };
        });
        const { stored, bytes, errors } = await reader.read(given, 100_000);
        expect(errors).toEqual([]);
        expect(bytes.map((one) => [...one])).toEqual(files.map((one) => [...one]));
        expect(stored).toEqual(
          files.map((one, index) => {
            return { filename: `${index}.bin`, size: one.length, sha256: createHash('sha256').update(one).digest('hex') };
          }),
        );
      }),
      { numRuns: 50 },
    );
  });

  it('G8 megabytes are decoded and hashed a slice at a time, and are the same', async () => {
    const large = Buffer.alloc(3 * 1024 * 1024 + 1, 'attachment');
    let turns = 0;
    const count = (): void => {
      turns++;
      timer = setImmediate(count);
    };
    let timer = setImmediate(count);
    const { bytes, stored } = await reader.read(named({ content: large.toString('base64') }), 10 * 1024 * 1024);
    clearImmediate(timer);
    expect(turns).toBeGreaterThanOrEqual(3);
    expect(Buffer.compare(bytes[0] ?? Buffer.alloc(0), large)).toBe(0);
    expect(stored[0]?.sha256).toBe(createHash('sha256').update(large).digest('hex'));
  });

  it('have different cids, as each names one of them', async () => {
    const files = ['logo', undefined, 'plot', undefined, 'logo'].map((cid, index) => {
      return { filename: `${index}.png`, content: 'aGk=', ...(cid === undefined ? {} : { cid }) };
    });
    expect(await problems(files)).toEqual([
      'email.attachments.4.cid: got "logo"; must be another one than those of the other attachments',
    ]);
    expect(await problems([null, null])).toHaveLength(2);
  });

  it('are copied: what the caller does with its buffer later changes nothing', async () => {
    const content = Buffer.from('before');
    const { bytes } = await reader.read(named({ content }), 100);
    content.fill('x');
    expect(Buffer.from(bytes[0] ?? []).toString()).toBe('before');
  });

  it('are read by their path below the folder, through links that stay there', async () => {
    for (const [path, text] of [
      ['a.txt', 'inside'],
      ['deep/b.txt', 'deeper'],
      ['link.txt', 'deeper'],
      ['deep/../a.txt', 'inside'],
    ]) {
      const { bytes, errors } = await reader.read(named({ path }), 100);
      expect([errors, Buffer.from(bytes[0] ?? []).toString()]).toEqual([[], text]);
    }
  });

  it('never come from anywhere else, and the refusal does not tell what is there', async () => {
    const refused = 'must be relative to EMAIL_ATTACHMENTS_DIR, and name a regular file below it that can be read';
    const paths = [
      '../outside/secret.txt',
      '../outside/nothing.txt',
      'escape.txt',
      'elsewhere/secret.txt',
      'broken',
      'deep',
      '.',
      '..',
      '',
      'nothing',
      'a.txt/x',
      'a.txt\0.pdf',
      join(root, 'in', 'a.txt'),
      '/etc/passwd',
      '../in2/a.txt',
    ];
    for (const path of paths) {
      expect(await problems(named({ path }))).toEqual([
        `email.attachments.0.path: got ${JSON.stringify(path.slice(0, 60))}; ${refused}`,
      ]);
    }
  });

  it('by path need the option', async () => {
    expect(await problems(named({ path: 'a.txt' }), 100, new AttachmentReader(undefined))).toEqual([
      'email.attachments.0.path: got "a.txt"; attachments by path need EMAIL_ATTACHMENTS_DIR (email.attachmentsDir), which is not set',
    ]);
  });

  it('together are within the limit, by content and by path', async () => {
    const six = { filename: 'a', content: Buffer.from('sixsix').toString('base64') };
    expect(await problems([six, six], 12)).toEqual([]);
    for (const over of [
      [six, six],
      [six, { filename: 'b', path: 'a.txt' }],
      [six, { filename: 'c', content: Buffer.from('sixsix') }],
    ])
      expect(await problems(over, 11)).toEqual(['email.attachments: got 12 bytes or more; must be at most 11 bytes together']);
  });

  it.each<[string, unknown, RegExp]>([
    ['no list', {}, /^email\.attachments: got an object; must be a list of at most 50 attachments$/],
    ['null', null, /^email\.attachments: got null; must be a list/],
    ['too many', Array.from({ length: 51 }, () => ({})), /^email\.attachments: got 51; must be a list of at most 50/],
    ['no object', ['a'], /^email\.attachments\.0: got "a"; must be \{/],
    ['no filename', [{ content: '' }], /^email\.attachments\.0\.filename: got nothing; must be one line of 1\.\.255/],
    ['a path as filename', [{ filename: '../a', content: '' }], /^email\.attachments\.0\.filename: got "\.\.\/a"; /],
    ['a filename of two lines', [{ filename: 'a\r\nBcc: x', content: '' }], /^email\.attachments\.0\.filename: /],
    ['neither content nor path', named({}), /^email\.attachments\.0: got an object; must have exactly one of content and path$/],
    ['both', named({ content: '', path: 'a.txt' }), /exactly one of content and path$/],
    ['no base64', named({ content: 'a b=' }), /^email\.attachments\.0\.content: got "a b="; must be base64 \(RFC 4648 §4\)/],
    ['base64 with a line break', named({ content: 'YWJj\nYWJj' }), /content: .*must be base64/],
    ['base64 without padding', named({ content: 'YQ' }), /content: .*must be base64/],
    ['base64url', named({ content: '_-__' }), /content: .*must be base64/],
    ['content that is neither', named({ content: 7 }), /^email\.attachments\.0\.content: got 7; must be base64$/],
    ['another content type', named({ content: '', contentType: 'pdf' }), /contentType: got "pdf"; must be a type like/],
    ['a content type with a header', named({ content: '', contentType: 'a/b\r\nX: y' }), /contentType: /],
    ['a composite one', named({ content: '', contentType: 'message/rfc822' }), /contentType: .*not multipart or message/],
    ['another cid', named({ content: '', cid: 'a b' }), /cid: got "a b"; must be 1\.\.100/],
    [
      'an unknown field',
      named({ content: '', href: 'http://x' }),
      /^email\.attachments\.0\.href: got "http:\/\/x"; is unknown; allowed/,
    ],
  ])('%s is refused with the field, the value and what is allowed', async (_, value, problem) => {
    expect(await problems(value)).toEqual([expect.stringMatching(problem)]);
  });

  it.each(['application/pdf', 'text/plain; charset=utf-8', 'application/vnd.ms-excel', 'text/x-a; name="b c"', 'image/svg+xml'])(
    'takes the type %s',
    async (contentType) => {
      expect((await reader.read(named({ content: '', contentType }), 10)).stored).toMatchObject([{ contentType, size: 0 }]);
    },
  );
});
