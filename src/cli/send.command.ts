import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { addAbortSignal, type Readable } from 'node:stream';
import { type Command, Option } from 'commander';
import { SystemClock } from '../model/clock.js';
import { type ApiOptions, ApplicationApi, asksApplication } from './application-api.js';
import { type CommandContext, type CommandDeclaration, EXIT_CODES, FailedCommandError, UsageError } from './command.js';
import { errorText, systemErrorText } from './error-text.js';
import { wholeNumber } from './page-reader.js';
import { BulkSender } from './send/bulk-sender.js';
import { fieldPath } from './send/field-path.js';
import { FileSending } from './send/file-sending.js';
import { INPUT_FORMATS, type InputFormat, readInput } from './send/input-reader.js';

interface SendOptions extends ApiOptions {
  readonly format?: InputFormat;
  readonly set: readonly (readonly [path: readonly string[], value: string])[];
  readonly fromLine: number;
  readonly key?: string;
}

/** An idempotency key has at most 200 characters, and the number of a line is appended. */
const MAX_KEY_CHARACTERS = 180;
const STANDARD_INPUT = '-';

const AFTER_HELP = `
CSV: the first line names the fields (to, title, data.server, email.subject, ...); an empty cell leaves its field out. NDJSON: one notification a line.
Every line gets the idempotency key NAME:LINE, unless it has one, so that a file can be sent again after an interruption: within 24 hours nothing
is accepted twice. NAME is the name of the file, or --key. Lines that the application rejects are listed; the other ones are accepted.
`;

/** `send`: many notifications from a file. */
export const declareSend: CommandDeclaration = (program, context) => {
  options(asksApplication(program.command('send')))
    .description('sends the notifications of a CSV or NDJSON file')
    .argument('[file]', 'what is read; - is the standard input', STANDARD_INPUT)
    .addHelpText('after', AFTER_HELP)
    .action((file: string, given: SendOptions) => send(file, given, context));
};

function options(command: Command): Command {
  return command
    .addOption(
      new Option('--format <format>', "by default what the file's name ends in; of the standard input ndjson").choices(
        INPUT_FORMATS,
      ),
    )
    .option('--set <field=value>', 'a field of every notification that says nothing of it; may be repeated', collectField, [])
    .option('--from-line <n>', 'goes on at this line of the file', wholeNumber, 1)
    .option('--key <name>', 'of the idempotency keys; another name sends the same file once more');
}

async function send(file: string, given: SendOptions, context: CommandContext): Promise<void> {
  const api = ApplicationApi.of(given, context.variables);
  const format = given.format ?? formatOf(file);
  const name = (given.key ?? (file === STANDARD_INPUT ? randomUUID() : basename(file))).slice(-MAX_KEY_CHARACTERS);
  if (file === STANDARD_INPUT && given.key === undefined)
    context.complain(`to send this input again without repeating anything: --key ${name}\n`);
  const clock = new SystemClock();
  const signal = context.interruption();
  const { bytes, size } = await open(file, context, signal);
  const sending = new FileSending({ name, size, fromLine: given.fromLine, fields: given.set }, clock, context);
  const sender = new BulkSender(api, clock, signal, (reason) => sending.waits(reason));
  try {
    await sending.run(readInput(sending.counted(bytes), format), sender);
  } catch (error) {
    const why = signal.aborted ? 'interrupted' : messageOf(error);
    if (why === undefined) throw error;
    const code = error instanceof FailedCommandError ? error.exitCode : EXIT_CODES.failed;
    throw new FailedCommandError(`${why}\n${sending.howToGoOn(file)}`, code);
  } finally {
    sending.printReport(given.json === true);
  }
  if (sending.hasRejected) context.end(EXIT_CODES.failed);
}

function collectField(text: string, before: SendOptions['set']): SendOptions['set'] {
  const equals = text.indexOf('=');
  if (equals < 1)
    throw new UsageError(`--set: got ${JSON.stringify(text)}; it must be a field and its value, such as channel=email`);
  return [...before, [fieldPath(text.slice(0, equals), '--set'), text.slice(equals + 1)]];
}

function formatOf(file: string): InputFormat {
  if (file === STANDARD_INPUT || /\.(ndjson|jsonl)$/i.test(file)) return 'ndjson';
  if (/\.csv$/i.test(file)) return 'csv';
  throw new UsageError(
    `the name of ${file} ends neither in .csv, .ndjson nor .jsonl; give --format ${INPUT_FORMATS.join(' or ')}`,
  );
}

/** Of what may go wrong; undefined for a bug. A file that cannot be read ends in an error of the system. */
function messageOf(error: unknown): string | undefined {
  return error instanceof FailedCommandError ? error.message : systemErrorText(error);
}

async function open(file: string, { input }: CommandContext, signal: AbortSignal) {
  if (file === STANDARD_INPUT) return { bytes: bytesOf(addAbortSignal(signal, input)), size: undefined };
  try {
    const { size } = await stat(file);
    return { bytes: bytesOf(addAbortSignal(signal, createReadStream(file))), size };
  } catch (error) {
    throw new FailedCommandError(`${file} cannot be read: ${errorText(error)}`);
  }
}

function bytesOf(stream: Readable): AsyncIterable<Uint8Array> {
  return stream as AsyncIterable<Uint8Array>;
}
