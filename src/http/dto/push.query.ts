import { IsString, Length } from 'class-validator';
import { MAX_TICKET_CHARACTERS } from '../stream-ticket.js';
import { OptionalText } from './optional-text.decorator.js';

const MAX_PERSON_CHARACTERS = 200;

/** Who asks for the public key of the application. */
export class PushKeyQuery {
  @OptionalText(MAX_PERSON_CHARACTERS)
  readonly user?: string;

  @OptionalText(MAX_TICKET_CHARACTERS)
  readonly ticket?: string;
}

/** Whose devices. */
export class DevicesQuery {
  @IsString()
  @Length(1, MAX_PERSON_CHARACTERS)
  readonly user!: string;
}
