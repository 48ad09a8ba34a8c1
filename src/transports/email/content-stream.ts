import { Readable } from 'node:stream';

/**
 * The content of one mail on its way to the socket, which knows how far it came. nodemailer pipes it into a stream that
 * stuffs dots and adds the final one, once the server has answered DATA with 354; that stream ends when its last piece, the
 * final dot, was handed to the socket.
 */
export class ContentStream extends Readable {
  private ended = false;
  private rest: Buffer | null;

  constructor(content: Buffer) {
    super();
    this.rest = content;
  }

  /** Whether the final dot was handed to the socket: from then on the server may have the message. */
  get sent(): boolean {
    return this.ended;
  }

  override _read(): void {
    this.push(this.rest);
    if (this.rest === null) return;
    this.rest = null;
  }

  override pipe<T extends NodeJS.WritableStream>(destination: T, options?: { end?: boolean }): T {
    destination.once('end', () => {
      this.ended = true;
    });
    return super.pipe(destination, options);
  }
}
