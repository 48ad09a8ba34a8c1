/** The default alphabet of GSM 03.38 (3GPP TS 23.038 §6.2.1): the place of a character is its code. The 27th leads to the extension. */
const ALPHABET =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\u001bÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà';
const ESCAPE = 0x1b;
/** Characters that take two places. */
const EXTENSION: ReadonlyMap<string, number> = new Map([
  ['\f', 0x0a],
  ['^', 0x14],
  ['{', 0x28],
  ['}', 0x29],
  ['\\', 0x2f],
  ['[', 0x3c],
  ['~', 0x3d],
  [']', 0x3e],
  ['|', 0x40],
  ['€', 0x65],
]);
const CODES: ReadonlyMap<string, readonly number[]> = new Map<string, readonly number[]>([
  ...ALPHABET.split('').flatMap((character, code) => (code === ESCAPE ? [] : [[character, [code]] as const])),
  ...[...EXTENSION].map(([character, code]) => [character, [ESCAPE, code]] as const),
]);
/** One of these makes the whole text UCS-2, which holds less than a half. */
const FOLDED: readonly (readonly [RegExp, string])[] = [
  [/[‘’‚′]/g, "'"],
  [/[“”„″]/g, '"'],
  [/[‐-―−]/g, '-'],
  [/…/g, '...'],
  [/[\u00a0\u2000-\u200a\u202f]/g, ' '],
];

/** The octets of a text in the GSM alphabet, one a place; undefined when it has other characters. */
export function gsmOctets(text: string): Buffer | undefined {
  const octets: number[] = [];
  for (const character of text) {
    const codes = CODES.get(character);
    if (codes === undefined) return undefined;
    octets.push(...codes);
  }
  return Buffer.from(octets);
}

/** Parts that a text is sent in: 160 places of the GSM alphabet (153 where there are several), else 70 (67) UTF-16 units. No character is cut in two. */
export function segmentsOf(text: string): number {
  const isGsm = gsmOctets(text) !== undefined;
  const sizes = Array.from(text, (character) => (isGsm && EXTENSION.has(character) ? 2 : character.length));
  const [one, many] = isGsm ? [160, 153] : [70, 67];
  if (sizes.reduce((sum, size) => sum + size, 0) <= one) return 1;
  let segments = 1;
  let room = many;
  for (const size of sizes) {
    if (size > room) {
      segments++;
      room = many;
    }
    room -= size;
  }
  return segments;
}

/** Typographic quotes, dashes and spaces in the GSM alphabet. */
export function folded(text: string): string {
  return FOLDED.reduce((said, [pattern, plain]) => said.replace(pattern, plain), text);
}
