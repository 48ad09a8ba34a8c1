/** Commands of SMPP 3.4, §5.1.2.1. An answer has the command of its request with the highest bit set. */
export const COMMANDS = {
  genericNack: 0x80000000,
  bindTransmitter: 0x00000002,
  submitSm: 0x00000004,
  unbind: 0x00000006,
  enquireLink: 0x00000015,
} as const;
export const ANSWER = 0x80000000;

/** A protocol data unit: its header (§3.2) and its body. */
export interface Pdu {
  readonly command: number;
  /** 0 in requests and in answers that say yes; else why not (§5.1.3). */
  readonly status: number;
  /** An answer has the number of its request. */
  readonly sequence: number;
  readonly body: Buffer;
}

const HEADER_OCTETS = 16;
/** Longer ones are no SMPP. */
const MOST_OCTETS = 64 * 1024;

export function encodePdu({ command, status, sequence, body }: Pdu): Buffer {
  const header = Buffer.alloc(HEADER_OCTETS);
  header.writeUInt32BE(HEADER_OCTETS + body.length, 0);
  header.writeUInt32BE(command, 4);
  header.writeUInt32BE(status, 8);
  header.writeUInt32BE(sequence, 12);
  return Buffer.concat([header, body]);
}

/** Takes what a connection gives apart into data units. */
export class PduReader {
  private rest: Buffer = Buffer.alloc(0);

  /** @throws RangeError when it is no SMPP */
  read(chunk: Buffer): readonly Pdu[] {
    this.rest = Buffer.concat([this.rest, chunk]);
    const found: Pdu[] = [];
    while (this.rest.length >= HEADER_OCTETS) {
      const octets = this.rest.readUInt32BE(0);
      if (octets < HEADER_OCTETS || octets > MOST_OCTETS) throw new RangeError(`a data unit of ${octets} octets`);
      if (this.rest.length < octets) break;
      found.push({
        command: this.rest.readUInt32BE(4),
        status: this.rest.readUInt32BE(8),
        sequence: this.rest.readUInt32BE(12),
        body: this.rest.subarray(HEADER_OCTETS, octets),
      });
      this.rest = this.rest.subarray(octets);
    }
    return found;
  }
}

/** A text with the zero that ends it. */
export function text(value: string): Buffer {
  return Buffer.from(`${value}\0`, 'latin1');
}
