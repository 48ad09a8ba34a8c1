import type { JsonValue } from '../../model/notification.js';
import { readNdjson } from '../../http/ndjson-lines.js';
import { FailedCommandError } from '../command.js';
import { CsvError, readCsv } from './csv-rows.js';
import { type FieldPath, fieldPath, setField } from './field-path.js';
import { type InputLine, type InputNotification } from './input-line.js';

/** Formats that are read. */
export const INPUT_FORMATS = ['csv', 'ndjson'] as const;
export type InputFormat = (typeof INPUT_FORMATS)[number];

/** Reads notifications as they are pulled. @throws FailedCommandError for an input that cannot be read on, UsageError for a bad heading */
export function readInput(bytes: AsyncIterable<Uint8Array>, format: InputFormat): AsyncGenerator<InputLine> {
  return format === 'csv' ? readCsvInput(bytes) : readNdjsonInput(bytes);
}

async function* readNdjsonInput(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<InputLine> {
  for await (const item of readNdjson(bytes)) {
    if ('problem' in item) yield item;
    else if (isObject(item.value)) yield { line: item.line, notification: item.value };
    else yield { line: item.line, problem: 'must be a JSON object' };
  }
}

/** The first row names the fields; an empty cell says nothing of its field. */
async function* readCsvInput(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<InputLine> {
  let columns: readonly FieldPath[] | undefined;
  try {
    for await (const { line, cells } of readCsv(textOf(bytes))) {
      if (columns === undefined) columns = cells.map((cell, index) => fieldPath(cell, `the heading of column ${index + 1}`));
      else if (cells.length !== columns.length)
        yield { line, problem: `has ${cells.length} cells, and the heading ${columns.length}` };
      else yield { line, notification: notificationOf(columns, cells) };
    }
  } catch (error) {
    if (error instanceof CsvError)
      throw new FailedCommandError(`line ${error.line}: ${error.message}; nothing from there on was sent`);
    throw error;
  }
}

function notificationOf(columns: readonly FieldPath[], cells: readonly string[]): InputNotification {
  const notification: Record<string, JsonValue> = {};
  for (const [index, path] of columns.entries()) {
    const cell = cells[index] ?? '';
    if (cell !== '') setField(notification, path, cell);
  }
  return notification;
}

/** A byte order mark is left out. */
async function* textOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  try {
    for await (const part of bytes) yield decoder.decode(part, { stream: true });
    yield decoder.decode();
  } catch (error) {
    if (typeof error === 'object' && error !== null && 'code' in error && error.code === 'ERR_ENCODING_INVALID_ENCODED_DATA')
      throw new FailedCommandError('the input is not UTF-8; nothing from there on was sent');
    throw error;
  }
}

function isObject(value: unknown): value is InputNotification {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
