import { Transform } from 'class-transformer';
import { ArrayMaxSize, IsArray, IsBoolean, IsInt, IsOptional, IsString, Length, Max, Min, ValidateBy } from 'class-validator';
import { MAX_TOPICS, topicProblem, userProblem } from '../../transports/sse/sse-address.js';
import { DEFAULT_TICKET_MS, MAX_TICKET_CHARACTERS, MAX_TICKET_MS } from '../stream-ticket.js';
import { OptionalText } from './optional-text.decorator.js';

/** Text that a rule finds no problem with; the words of the problem are the answer. */
function Passes(name: string, rule: (text: string) => string | undefined, each = false): PropertyDecorator {
  const problemOf = (value: unknown): string | undefined => (typeof value === 'string' ? rule(value) : 'must be text');
  return ValidateBy(
    {
      name,
      validator: {
        validate: (value) => problemOf(value) === undefined,
        defaultMessage: (args) => {
          const values: readonly unknown[] = Array.isArray(args?.value) ? args.value : [args?.value];
          return values.map(problemOf).find((problem) => problem !== undefined) ?? '';
        },
      },
    },
    { each },
  );
}

/** Whose stream, and how. */
export class StreamQuery {
  /** None: the topics' events and everybody's. */
  @IsOptional()
  @Passes('isUser', userProblem)
  readonly user?: string;

  /** May be repeated. */
  @Transform(({ value }: { value: unknown }): unknown => (Array.isArray(value) ? value : [value]))
  @ArrayMaxSize(MAX_TOPICS)
  @Passes('isTopic', topicProblem, true)
  readonly topic: readonly string[] = [];

  /** `false`: every notification is a separate event. */
  @IsOptional()
  @Transform(({ value }: { value: unknown }) => (value === 'false' ? false : value === 'true' ? true : value))
  @IsBoolean()
  readonly batch?: boolean;

  /** For a first connection that wants the past; a reconnecting one sends the header. */
  @IsOptional()
  @IsString()
  @Length(0, 40)
  readonly lastEventId?: string;

  @OptionalText(MAX_TICKET_CHARACTERS)
  readonly ticket?: string;
}

/** Whom and what a ticket is for; everybody's events it always opens. */
export class TicketBody {
  @IsOptional()
  @Passes('isUser', userProblem)
  readonly user?: string;

  @IsArray()
  @ArrayMaxSize(MAX_TOPICS)
  @Passes('isTopic', topicProblem, true)
  readonly topics: readonly string[] = [];

  @IsOptional()
  @IsInt()
  @Min(1_000)
  @Max(MAX_TICKET_MS)
  readonly ttlMs: number = DEFAULT_TICKET_MS;
}
