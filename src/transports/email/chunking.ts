import { FIRST_IN_FLIGHT, nextBound, type PipelineBound, type RoundObservation, withAnswerAlone } from './pipeline-bound.js';

/** Of a server's reply, in health. */
const MAX_SHOWN_CHARACTERS = 200;

/** What is known of a server that announces CHUNKING. */
type Experience =
  /** It took no mail by `BDAT` yet. */
  | { readonly kind: 'untested' }
  /** A connection broke at the first `BDAT`. Mails go by `DATA` until it has taken one; then `BDAT` has one more test. */
  | { readonly kind: 'doubted' }
  | { readonly kind: 'tested_again' }
  | { readonly kind: 'works'; readonly bound: PipelineBound }
  | { readonly kind: 'fails'; readonly because: string };

/**
 * Whether one server takes mails by `BDAT`, and how many at a time, as all connections to it have seen since the start of the process. Until it has
 * taken the first one there is one mail in flight on a connection; once it has refused the command itself, all go by `DATA`.
 */
export class Chunking {
  private experience: Experience = { kind: 'untested' };

  /** @param most mails in flight on one connection; 1: `BDAT` is not used, because the content of a mail is to be sent only when its recipients were taken */
  constructor(private readonly most: number) {}

  get isUsed(): boolean {
    return this.most > 1 && this.experience.kind !== 'doubted' && this.experience.kind !== 'fails';
  }

  /** Most recipients in flight on one connection now. */
  get mails(): number {
    return this.experience.kind === 'works' ? this.experience.bound.mails : 1;
  }

  /** The server took a mail by `BDAT`. */
  worked(): void {
    if (this.experience.kind === 'works' || this.experience.kind === 'fails') return;
    this.experience = { kind: 'works', bound: { mails: Math.min(this.most, FIRST_IN_FLIGHT) } };
  }

  /** The server answered `BDAT` as a server does that does not know it. @param reply without secrets */
  failed(reply: string): void {
    if (this.experience.kind === 'fails') return;
    const said = JSON.stringify(reply.slice(0, MAX_SHOWN_CHARACTERS));
    this.experience = { kind: 'fails', because: `it answered BDAT with ${said}` };
  }

  /** The server took a mail by `DATA`. */
  dataWorked(): void {
    if (this.experience.kind === 'doubted') this.experience = { kind: 'tested_again' };
  }

  /** A connection broke while the answer to `BDAT` was awaited. */
  broke(seen: Pick<RoundObservation, 'mails' | 'writtenAt' | 'at'>): void {
    const { experience } = this;
    if (experience.kind === 'untested') this.experience = { kind: 'doubted' };
    else if (experience.kind === 'tested_again')
      this.experience = { kind: 'fails', because: 'the connection broke each time at the first BDAT' };
    else this.learn({ ...seen, retryable: 0, broken: true, limited: false });
  }

  learn(seen: RoundObservation): void {
    if (this.experience.kind === 'works')
      this.experience = { kind: 'works', bound: nextBound(this.experience.bound, seen, this.most) };
  }

  /** How long the first mail of a transmission took, ms. */
  answeredAlone(answerMs: number): void {
    if (this.experience.kind === 'works')
      this.experience = { kind: 'works', bound: withAnswerAlone(this.experience.bound, answerMs) };
  }

  /** One line for people when the server announces CHUNKING and fails it; undefined otherwise. */
  lastError(): string | undefined {
    return this.experience.kind === 'fails'
      ? `it announces CHUNKING, and mails go by DATA, one round trip each, because ${this.experience.because}`
      : undefined;
  }
}
