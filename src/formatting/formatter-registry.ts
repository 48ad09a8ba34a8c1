import { Inject, Injectable, Logger } from '@nestjs/common';
import { NOTIFICATION_OPTIONS, type ResolvedOptions } from '../config/options.js';
import { Clock } from '../model/clock.js';
import { InvalidConfigurationError } from '../model/errors.js';
import { type Failure } from '../model/failure.js';
import { type ClaimedMessage } from '../model/message.js';
import { NotificationEvents } from '../model/notification-events.js';
import { InterruptedError, isPromiseLike, within } from '../model/time-limit.js';
import { type Formatter } from './formatter.js';
import { type FormatterTarget } from './notification-formatter.decorator.js';

const MESSAGE_CHARACTERS = 300;

export type FormatResult = { readonly content: unknown } | { readonly failure: Failure };

interface BuiltInOptions {
  /** Why the channel would refuse what a formatter of the host made; undefined when it would not. */
  readonly problem?: (content: unknown) => string | undefined;
  /** Types whose contents must be known before the batch is sent. */
  readonly early?: readonly string[];
}

/** The formatters: the host's by channel and type, and one built-in for each channel to fall back to. */
@Injectable()
export class FormatterRegistry {
  private readonly logger = new Logger('NotificationFormatters');
  private readonly builtIn = new Map<string, Formatter>();
  private readonly own = new Map<string, Formatter>();
  private readonly early = new Map<string, ReadonlySet<string>>();
  private readonly problems = new Map<string, (content: unknown) => string | undefined>();
  /** Targets whose formatter failed last time: logged once an episode. */
  private readonly failing = new Set<string>();

  constructor(
    private readonly events: NotificationEvents,
    private readonly clock: Clock,
    @Inject(NOTIFICATION_OPTIONS) private readonly options: Pick<ResolvedOptions, 'formatting'>,
  ) {}

  registerBuiltIn(channel: string, formatter: Formatter, { problem, early }: BuiltInOptions = {}): void {
    this.builtIn.set(channel, formatter);
    if (problem !== undefined) this.problems.set(channel, problem);
    if (early !== undefined) this.early.set(channel, new Set(early));
  }

  /** @throws InvalidConfigurationError when the target has a formatter of the host already */
  register({ channel, type }: FormatterTarget, formatter: Formatter): void {
    const key = keyOf(channel, type);
    if (this.own.has(key)) throw new InvalidConfigurationError([`the formatter for ${key.trim()} is registered twice`]);
    this.own.set(key, formatter);
  }

  /** Whether what is made of a message can be made when its turn comes: nothing of it matters to the rest of a batch. */
  mayBeLazy({ channel, type, entries }: Pick<ClaimedMessage, 'channel' | 'type' | 'entries'>): boolean {
    return this.ownFor({ channel, type, entries }) === undefined && this.early.get(channel)?.has(type) !== true;
  }

  /**
   * What the channel's transport gets. A channel without any formatter gets the message itself. It is a promise only where the formatter's answer is one.
   *
   * @param stop ends the wait for such a formatter: the promise rejects with `InterruptedError`
   */
  format(message: ClaimedMessage, stop?: AbortSignal): FormatResult | Promise<FormatResult> {
    const key = this.ownFor(message);
    const own = key === undefined ? undefined : this.own.get(key);
    if (key === undefined || own === undefined)
      return this.builtIn.has(message.channel) ? this.formatBuiltIn(message, stop) : { content: message };
    try {
      const content = own.format(message);
      if (!isPromiseLike(content)) return this.accepted(key, message, content);
      return this.withinLimit(content, stop)
        .then((made) => this.accepted(key, message, made))
        .catch((error: unknown) => this.fallBack(key, message, error, stop));
    } catch (error) {
      return this.fallBack(key, message, error, stop);
    }
  }

  /** The same of a message whose formatter answers at once: see `mayBeLazy`. */
  formatNow(message: ClaimedMessage): FormatResult {
    const result = this.format(message);
    if (!isPromiseLike(result)) return result;
    result.catch(() => undefined);
    return unrenderable(new Error('its formatter is asynchronous'));
  }

  /** The host's formatter for a message; a digest of several types takes the one of the channel. */
  private ownFor({ channel, type, entries }: Pick<ClaimedMessage, 'channel' | 'type' | 'entries'>): string | undefined {
    if (this.own.size === 0) return undefined;
    const ofType = keyOf(channel, type);
    if (this.own.has(ofType) && entries.every(({ content }) => content.type === type)) return ofType;
    const ofChannel = keyOf(channel);
    return this.own.has(ofChannel) ? ofChannel : undefined;
  }

  private accepted(key: string, { channel }: ClaimedMessage, content: unknown): FormatResult {
    const problem = this.problems.get(channel)?.(content);
    if (problem !== undefined) throw new Error(`what it made cannot be sent: ${problem}`);
    this.failing.delete(key);
    return { content };
  }

  private fallBack(
    key: string,
    message: ClaimedMessage,
    error: unknown,
    stop?: AbortSignal,
  ): FormatResult | Promise<FormatResult> {
    if (error instanceof InterruptedError) throw error;
    this.failed(key, message, error);
    return this.options.formatting.fallback ? this.formatBuiltIn(message, stop) : unrenderable(error);
  }

  private formatBuiltIn(message: ClaimedMessage, stop?: AbortSignal): FormatResult | Promise<FormatResult> {
    const { channel, type } = message;
    const broken = (error: unknown): FormatResult => {
      if (error instanceof InterruptedError) throw error;
      this.events.emit('formatterFailed', { channel, type, error });
      return unrenderable(error);
    };
    try {
      const builtIn = this.builtIn.get(channel);
      if (builtIn === undefined) throw new Error('there is no built-in formatter to fall back to');
      const content = builtIn.format(message);
      // A host may have overridden the provider.
      return isPromiseLike(content) ? this.withinLimit(content, stop).then((made) => ({ content: made }), broken) : { content };
    } catch (error) {
      return broken(error);
    }
  }

  private withinLimit(content: PromiseLike<unknown>, stop?: AbortSignal): Promise<unknown> {
    return within(content, this.options.formatting.timeoutMs, this.clock, stop);
  }

  private failed(key: string, { channel, type, messageId }: ClaimedMessage, error: unknown): void {
    this.events.emit('formatterFailed', { channel, type, error });
    if (this.failing.has(key)) return;
    this.failing.add(key);
    this.logger.error(
      `the formatter for ${key.trim()} failed at the message ${messageId} of the type ${type} (${lineOf(error)}); ${this.options.formatting.fallback ? 'the built-in one is used' : 'its messages are dead'}`,
    );
    if (error instanceof Error) this.logger.debug(stackOf(error));
  }
}

function keyOf(channel: string, type = ''): string {
  return `${channel} ${type}`;
}

function unrenderable(error: unknown): FormatResult {
  return { failure: { reason: 'unrenderable', message: `no formatter could render the message: ${nameOf(error)}` } };
}

/** One line. It is the host's own error: what a notification says stands in it only if the formatter put it there. */
function lineOf(error: unknown): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return text.replace(/\s+/g, ' ').slice(0, MESSAGE_CHARACTERS);
}

/** Where it was thrown first. */
function stackOf(error: Error): string {
  return (error.cause instanceof Error ? error.cause.stack : error.stack) ?? error.message;
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'unknown error';
}
