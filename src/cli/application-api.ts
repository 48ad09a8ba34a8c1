import { type Command } from 'commander';
import { DEFAULT_PREFIX } from '../config/http-options.js';
import { type Variables } from '../config/read-settings.js';
import { SystemClock } from '../model/clock.js';
import { Deadline } from '../model/deadline.js';
import { EXIT_CODES, FailedCommandError, UsageError } from './command.js';
import { networkErrorText } from './error-text.js';

/** Options of every command that asks an application. */
export interface ApiOptions {
  readonly url?: string;
  readonly token?: string;
  readonly json?: true;
}

/** The application refused what it was asked for. */
export class RefusedError extends FailedCommandError {
  constructor(
    message: string,
    readonly status: number,
    /** How long the application wants to be left alone. */
    readonly retryAfterMs: number | undefined,
  ) {
    super(message);
  }
}

/** Nothing answers, or not in time. */
export class UnreachableError extends FailedCommandError {
  constructor(message: string) {
    super(message, EXIT_CODES.unreachable);
  }
}

/** What is sent besides the token. */
interface ApiRequest {
  readonly method: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

interface Answer {
  readonly response: Response;
  /** Undefined when the body is no JSON. */
  readonly json: object | undefined;
}

/** Names of members of an answer. */
type Members<T> = readonly (keyof T & string)[];

interface Problem {
  readonly detail?: string;
}

/** A query or body; fields that are undefined are left out. */
export type Fields = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

const DEFAULT_PORT = '3000';
/** The longest answers of the application: operators' commands answer after 10 s, the bulk route when the queue has room. */
const ANSWER_WITHIN_MS = 120_000;
const UNAVAILABLE = 503;
const WHERE = 'is this where the routes stand? The address ends in the prefix, as in https://app.example.com/notifications';

/** Adds the options by which a command finds an application. */
export function asksApplication(command: Command): Command {
  return command
    .option('--url <url>', 'where the routes stand; NOTIFICATIONS_URL by default, or http://127.0.0.1:3000/notifications')
    .option('--token <token>', 'the API token; API_TOKEN by default, which other users of this machine cannot see')
    .option('--json', 'prints JSON');
}

/** Asks an application over HTTP. */
export class ApplicationApi {
  private constructor(
    private readonly base: string,
    private readonly token: string | undefined,
  ) {}

  /** @throws UsageError for a URL that is none */
  static of({ url, token }: ApiOptions, variables: Variables): ApplicationApi {
    const given = nonEmpty(url) ?? nonEmpty(variables['NOTIFICATIONS_URL']);
    const local = `http://127.0.0.1:${nonEmpty(variables['PORT']) ?? DEFAULT_PORT}`;
    return new ApplicationApi(
      baseOf(given ?? local, url === undefined ? 'NOTIFICATIONS_URL' : '--url'),
      nonEmpty(token) ?? nonEmpty(variables['API_TOKEN']),
    );
  }

  /** @param members what the answer has at least: one without them is of something else */
  async get<T>(path: string, members: Members<T>, query: Fields = {}): Promise<T> {
    const parameters = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) if (value !== undefined) parameters.set(name, String(value));
    const search = parameters.toString();
    return await this.ask<T>(search === '' ? path : `${path}?${search}`, members, { method: 'GET' });
  }

  async post<T>(path: string, members: Members<T>, body: Fields): Promise<T> {
    return await this.ask<T>(path, members, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
  }

  /** @param signal ends the request; the error is then the signal's reason */
  async postLines<T>(path: string, members: Members<T>, lines: string, signal: AbortSignal): Promise<T> {
    return await this.ask<T>(
      path,
      members,
      { method: 'POST', headers: { 'Content-Type': 'application/x-ndjson' }, body: lines },
      signal,
    );
  }

  /** The health, which is an answer also when it is bad. */
  async health<T>(members: Members<T>): Promise<T> {
    const answer = await this.fetch('/health', { method: 'GET' });
    const isBad = answer.response.status === UNAVAILABLE && answer.json !== undefined;
    return this.checked<T>(isBad ? answer.json : this.read(answer, '/health'), members, '/health');
  }

  private async ask<T>(path: string, members: Members<T>, request: ApiRequest, signal?: AbortSignal): Promise<T> {
    return this.checked<T>(this.read(await this.fetch(path, request, signal), path), members, path);
  }

  private checked<T>(json: object | undefined, members: Members<T>, path: string): T {
    if (json !== undefined && members.every((name) => Object.hasOwn(json, name))) return json as T;
    throw new FailedCommandError(`${this.base}${path} answered with JSON of something else; ${WHERE}`);
  }

  /** The answer with its body. */
  private async fetch(path: string, request: ApiRequest, signal?: AbortSignal): Promise<Answer> {
    const deadline = new Deadline(new SystemClock(), ANSWER_WITHIN_MS, ...(signal === undefined ? [] : [signal]));
    const authorization = this.token === undefined ? {} : { Authorization: `Bearer ${this.token}` };
    try {
      const response = await fetch(this.base + path, {
        ...request,
        headers: { Accept: 'application/json', ...authorization, ...request.headers },
        redirect: 'error',
        signal: deadline.signal,
      });
      return { response, json: jsonOf(response, await response.text()) };
    } catch (error) {
      if (signal?.aborted === true) throw error;
      const why = deadline.isOver ? `no answer within ${ANSWER_WITHIN_MS / 1000} s` : networkErrorText(error);
      throw new UnreachableError(
        `${this.base} cannot be reached: ${why}; --url or NOTIFICATIONS_URL says where the routes stand`,
      );
    } finally {
      deadline.end();
    }
  }

  private read({ response, json }: Answer, path: string): object {
    const { status } = response;
    if (json === undefined) {
      throw new FailedCommandError(`${this.base}${path} answered ${status} with no JSON; ${WHERE}`);
    }
    if (response.ok) return json;
    const { detail = response.statusText } = json as Problem;
    const hint = status === 401 ? '; set API_TOKEN, or give --token' : '';
    throw new RefusedError(`${status}: ${detail}${hint}`, status, retryAfterMs(response));
  }
}

/** An address without a path gets the default prefix. */
function baseOf(text: string, name: string): string {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new UsageError(
      `${name}: got ${JSON.stringify(text)}; it must be an address like https://app.example.com/notifications`,
    );
  }
  if (url.username !== '' || url.search !== '' || url.hash !== '') {
    throw new UsageError(`${name}: the address must have neither a user, a query nor a fragment; API_TOKEN has the token`);
  }
  const path = url.pathname.replace(/\/+$/, '');
  return `${url.origin}${path === '' ? `/${DEFAULT_PREFIX}` : path}`;
}

function jsonOf(response: Response, text: string): object | undefined {
  if (!/^application\/(problem\+)?json\b/.test(response.headers.get('Content-Type') ?? '')) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** RFC 9110 §10.2.3; the module sends seconds. */
function retryAfterMs({ headers }: Response): number | undefined {
  const seconds = Number(headers.get('Retry-After') ?? Number.NaN);
  return Number.isFinite(seconds) ? seconds * 1000 : undefined;
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}
